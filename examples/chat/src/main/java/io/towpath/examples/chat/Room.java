package io.towpath.examples.chat;

import io.towpath.examples.chat.Messages.Image;
import io.towpath.examples.chat.Messages.Message;
import io.towpath.examples.chat.Messages.Person;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Who is in a room, and what was last said there. Bounded in all it keeps. Any thread. */
final class Room {
  /** Messages kept for those who come later. */
  static final int MAX_MESSAGES = 100;

  /**
   * Pictures kept with their data; also well below the attachments a client takes in one packet.
   */
  static final int MAX_PICTURES = 4;

  /** People in the room at a time. */
  static final int MAX_PEOPLE = 200;

  /** A person, and the connection that speaks for them now. */
  private record Seat(Person person, String socketId) {}

  private final Map<String, Seat> seats = new LinkedHashMap<>();
  private final Deque<Message> messages = new ArrayDeque<>();

  /**
   * Gives somebody a seat. Who sits there already, on an older connection that is not known to be
   * dead yet, goes on with the new one.
   *
   * @return false if the room is full
   */
  synchronized boolean enter(Person person, String socketId) {
    if (!seats.containsKey(person.id()) && seats.size() >= MAX_PEOPLE) {
      return false;
    }
    seats.put(person.id(), new Seat(person, socketId));
    return true;
  }

  /** Frees a seat. Returns false if another connection speaks for that person by now. */
  synchronized boolean leave(Person person, String socketId) {
    Seat seat = seats.get(person.id());
    return seat != null && seat.socketId().equals(socketId) && seats.remove(person.id()) != null;
  }

  synchronized List<Person> people() {
    return seats.values().stream().map(Seat::person).toList();
  }

  synchronized boolean isEmpty() {
    return seats.isEmpty();
  }

  /** Keeps a message. Returns false if it is one that was sent before. */
  synchronized boolean add(Message message) {
    if (messages.stream().anyMatch(known -> known.id().equals(message.id()))) {
      return false;
    }
    messages.addLast(message);
    if (messages.size() > MAX_MESSAGES) {
      messages.removeFirst();
    }
    if (message.image() != null) {
      dropOldPictures();
    }
    return true;
  }

  synchronized List<Message> history() {
    return List.copyOf(messages);
  }

  private void dropOldPictures() {
    List<Message> kept = List.copyOf(messages);
    messages.clear();
    int pictures = 0;
    for (int i = kept.size() - 1; i >= 0; i--) {
      Message message = kept.get(i);
      Image image = message.image();
      if (image != null && image.data() != null && ++pictures > MAX_PICTURES) {
        Image empty = new Image(image.name(), image.type(), null);
        message = new Message(message.id(), message.at(), message.from(), null, empty);
      }
      messages.addFirst(message);
    }
  }
}
