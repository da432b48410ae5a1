package io.towpath.examples.chat;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The events of the chat and their answers, as Jackson reads and writes them. */
final class Messages {
  private Messages() {}

  // From a page. Whatever it sends may be missing.

  /** Asks to enter a room; {@code again} after the connection was lost. */
  record Join(@Nullable String room, @Nullable String name, @Nullable String me, boolean again) {}

  /** Says something. The id is the page's, so that it may send the same again. */
  record Say(@Nullable String id, @Nullable String text) {}

  /** Sends a picture. */
  record Picture(
      @Nullable String id, @Nullable String name, @Nullable String type, byte @Nullable [] data) {}

  // To a page.

  /** Somebody in a room; the id is that of the page, the same over all its connections. */
  record Person(String id, String name) {}

  /** A picture in a room; its data is null once there have been too many after it. */
  record Image(String name, String type, byte @Nullable [] data) {}

  /** What somebody said or showed, and when, in milliseconds since 1970: a text or an image. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Message(String id, long at, Person from, @Nullable String text, @Nullable Image image) {}

  /** Answer to {@link Join}. */
  record Welcome(List<Message> history, List<Person> people) {}

  /** Answer to {@link Say} and {@link Picture}: the server has it. */
  record Taken(long at) {}

  /** Answer to whatever cannot be done, in words for the user. */
  record Refusal(String error) {}

  /** Somebody came or went, and who is here now. */
  record Presence(String id, String name, List<Person> people, boolean again) {}

  /** Somebody types, or has stopped. */
  record Typing(String id, String name, boolean active) {}
}
