package io.towpath.examples.chat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.towpath.examples.chat.Messages.Image;
import io.towpath.examples.chat.Messages.Message;
import io.towpath.examples.chat.Messages.Person;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RoomTest {
  private static final Person ADA = new Person("aaaaaaaa", "Ada");

  private final Room room = new Room();

  private static Message text(int number) {
    return new Message("id" + number, number, ADA, "text " + number, null);
  }

  private static Message picture(int number) {
    Image image = new Image("picture " + number, "image/png", new byte[] {1});
    return new Message("picture" + number, number, ADA, null, image);
  }

  @Test
  void whoEntersIsThereUntilTheyLeave() {
    assertTrue(room.isEmpty());
    assertTrue(room.enter(ADA, "socket1"));
    assertEquals(List.of(ADA), room.people());
    assertTrue(room.leave(ADA, "socket1"));
    assertTrue(room.isEmpty());
    assertFalse(room.leave(ADA, "socket1"), "nobody leaves twice");
  }

  @Test
  void aDeadConnectionDoesNotTakeThePersonAwayWhoIsBackAlready() {
    room.enter(ADA, "socket1");
    room.enter(ADA, "socket2");
    assertFalse(room.leave(ADA, "socket1"));
    assertEquals(List.of(ADA), room.people());
  }

  @Test
  void theLastSeatIsTakenAndNoMore() {
    for (int i = 0; i < Room.MAX_PEOPLE; i++) {
      assertTrue(room.enter(new Person("id" + i, "Ada"), "socket" + i));
    }
    assertFalse(room.enter(ADA, "one too many"));
    assertTrue(room.enter(new Person("id0", "Ada"), "again"), "who sits there may come back");
    room.leave(new Person("id1", "Ada"), "socket1");
    assertTrue(room.enter(ADA, "the next"));
  }

  @Test
  void aMessageThatIsSentAgainIsKeptOnce() {
    assertTrue(room.add(text(1)));
    assertFalse(room.add(text(1)));
    assertEquals(List.of(text(1)), room.history());
  }

  @Test
  void theHistoryForgetsTheOldestMessageBeyondItsBound() {
    for (int i = 0; i < Room.MAX_MESSAGES; i++) {
      room.add(text(i));
    }
    assertEquals(text(0), room.history().get(0));
    room.add(text(Room.MAX_MESSAGES));
    assertEquals(
        IntStream.rangeClosed(1, Room.MAX_MESSAGES).mapToObj(RoomTest::text).toList(),
        room.history());
  }

  @Test
  void theHistoryForgetsTheDataOfTheOldestPictureBeyondItsBound() {
    for (int i = 0; i < Room.MAX_PICTURES; i++) {
      room.add(picture(i));
      room.add(text(i));
    }
    Image oldest = room.history().get(0).image();
    assertTrue(oldest != null && oldest.data() != null);
    room.add(picture(Room.MAX_PICTURES));
    List<Message> history = room.history();
    assertEquals(2 * Room.MAX_PICTURES + 1, history.size());
    assertEquals(new Image("picture 0", "image/png", null), history.get(0).image());
    assertEquals(text(0), history.get(1), "the order stays");
    long kept =
        history.stream()
            .filter(message -> message.image() != null && message.image().data() != null)
            .count();
    assertEquals(Room.MAX_PICTURES, kept);
  }
}
