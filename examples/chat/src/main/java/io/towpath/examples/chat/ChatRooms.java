package io.towpath.examples.chat;

import io.towpath.examples.chat.Messages.Image;
import io.towpath.examples.chat.Messages.Join;
import io.towpath.examples.chat.Messages.Message;
import io.towpath.examples.chat.Messages.Person;
import io.towpath.examples.chat.Messages.Picture;
import io.towpath.examples.chat.Messages.Presence;
import io.towpath.examples.chat.Messages.Refusal;
import io.towpath.examples.chat.Messages.Say;
import io.towpath.examples.chat.Messages.Taken;
import io.towpath.examples.chat.Messages.Typing;
import io.towpath.examples.chat.Messages.Welcome;
import io.towpath.socket.Ack;
import io.towpath.socket.Socket;
import java.time.Clock;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the chat does with events. A socket is in one room at most; what it says goes to the others
 * there, and the answer tells its sender that the server has it. Any thread.
 */
final class ChatRooms {
  /** Rooms at a time; empty ones make place, the longest unused first. */
  static final int MAX_ROOMS = 100;

  /** Bytes of a picture; the page makes larger ones smaller. */
  static final int MAX_PICTURE = 500_000;

  /** Characters of a message, of a name, of a room's name, and of the name of a picture's file. */
  static final int MAX_TEXT = 2_000;

  static final int MAX_NAME = 30;
  static final int MAX_FILE_NAME = 100;

  private static final Set<String> PICTURE_TYPES =
      Set.of("image/png", "image/jpeg", "image/gif", "image/webp");
  private static final Refusal NOT_IN_A_ROOM = new Refusal("Please join a room first.");

  /** Where a socket is. Only its own handlers touch it, which run one at a time. */
  private static final class Visit {
    private @Nullable Place place;
  }

  private record Place(String roomName, Room room, Person person) {}

  private final Clock clock;

  /** By name, in the order of use. Guarded by this. */
  private final Map<String, Room> rooms = new LinkedHashMap<>(16, 0.75f, true);

  ChatRooms(Clock clock) {
    this.clock = clock;
  }

  /** Greets a client: registers what its events do. */
  void welcome(Socket socket) {
    Visit visit = new Visit();
    socket.on("join", Join.class, (join, ack) -> join(socket, visit, join, ack));
    socket.on("say", Say.class, (say, ack) -> say(socket, visit.place, say, ack));
    socket.on("image", Picture.class, (picture, ack) -> show(socket, visit.place, picture, ack));
    socket.on("typing", Boolean.class, active -> typing(socket, visit.place, active));
    socket.on("leave", () -> leave(socket, visit));
    socket.onDisconnect(reason -> leave(socket, visit));
  }

  private void join(Socket socket, Visit visit, Join join, Ack ack) {
    String name = clean(join.name(), MAX_NAME);
    String roomName = clean(join.room(), MAX_NAME);
    String me = id(join.me());
    if (name == null || roomName == null || me == null) {
      ack.send(
          new Refusal("A name and a room are needed, of at most " + MAX_NAME + " characters."));
      return;
    }
    leave(socket, visit);
    Person person = new Person(me, name);
    Room room = enter(roomName, person, socket.id());
    if (room == null) {
      ack.send(new Refusal("There is no place left. Please try another room, or later."));
      return;
    }
    visit.place = new Place(roomName, room, person);
    // First the room, then its history: what is said in between comes twice, and is shown once.
    socket.join(key(roomName));
    ack.send(new Welcome(room.history(), room.people()));
    socket
        .to(key(roomName))
        .emit("joined", new Presence(person.id(), name, room.people(), join.again()));
  }

  /** Finds or opens a room and takes a seat; null if that cannot be. */
  private synchronized @Nullable Room enter(String name, Person person, String socketId) {
    Room room = rooms.get(name);
    if (room == null) {
      if (rooms.size() >= MAX_ROOMS && !closeEmptyRoom()) {
        return null;
      }
      room = new Room();
      rooms.put(name, room);
    }
    return room.enter(person, socketId) ? room : null;
  }

  private synchronized boolean closeEmptyRoom() {
    for (Iterator<Room> each = rooms.values().iterator(); each.hasNext(); ) {
      if (each.next().isEmpty()) {
        each.remove();
        return true;
      }
    }
    return false;
  }

  private void leave(Socket socket, Visit visit) {
    Place place = visit.place;
    visit.place = null;
    if (place == null) {
      return;
    }
    socket.leave(key(place.roomName()));
    Person person = place.person();
    if (place.room().leave(person, socket.id())) {
      socket
          .to(key(place.roomName()))
          .emit("left", new Presence(person.id(), person.name(), place.room().people(), false));
    }
  }

  private void say(Socket socket, @Nullable Place place, Say say, Ack ack) {
    String text = clean(say.text(), MAX_TEXT);
    String id = id(say.id());
    if (place == null) {
      ack.send(NOT_IN_A_ROOM);
    } else if (text == null || id == null) {
      ack.send(new Refusal("A message has from 1 to " + MAX_TEXT + " characters."));
    } else {
      post(socket, place, "said", new Message(id, clock.millis(), place.person(), text, null), ack);
    }
  }

  private void show(Socket socket, @Nullable Place place, Picture picture, Ack ack) {
    String name = clean(picture.name(), MAX_FILE_NAME);
    byte[] data = picture.data();
    String id = id(picture.id());
    if (place == null) {
      ack.send(NOT_IN_A_ROOM);
    } else if (name == null
        || picture.type() == null
        || !PICTURE_TYPES.contains(picture.type())
        || id == null) {
      ack.send(new Refusal("Only PNG, JPEG, GIF and WebP pictures can be sent."));
    } else if (data == null || data.length == 0 || data.length > MAX_PICTURE) {
      ack.send(new Refusal("A picture has at most " + MAX_PICTURE / 1_000 + " kB."));
    } else {
      Image image = new Image(name, picture.type(), data);
      post(
          socket,
          place,
          "image",
          new Message(id, clock.millis(), place.person(), null, image),
          ack);
    }
  }

  private static void post(Socket socket, Place place, String event, Message message, Ack ack) {
    if (place.room().add(message)) {
      socket.to(key(place.roomName())).emit(event, message);
    }
    ack.send(new Taken(message.at()));
  }

  private static void typing(Socket socket, @Nullable Place place, @Nullable Boolean active) {
    if (place != null && active != null) {
      Person person = place.person();
      socket
          .to(key(place.roomName()))
          .asVolatile()
          .emit("typed", new Typing(person.id(), person.name(), active));
    }
  }

  /** Rooms of the chat must not meet the rooms that bear the ids of sockets. */
  private static String key(String roomName) {
    return "room:" + roomName;
  }

  private static @Nullable String clean(@Nullable String text, int max) {
    String stripped = text == null ? "" : text.strip();
    return stripped.isEmpty() || stripped.length() > max ? null : stripped;
  }

  private static @Nullable String id(@Nullable String id) {
    return id != null && id.matches("[0-9a-f]{8,32}") ? id : null;
  }
}
