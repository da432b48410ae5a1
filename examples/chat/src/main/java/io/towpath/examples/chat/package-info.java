/**
 * The chat: what an application on Towpath looks like. {@link io.towpath.examples.chat.ChatServer}
 * starts it, {@link io.towpath.examples.chat.ChatRooms} reacts to events, {@link
 * io.towpath.examples.chat.Room} knows who and what is in a room, and {@link
 * io.towpath.examples.chat.PageFiles} serves the page.
 */
@NullMarked
package io.towpath.examples.chat;

import org.jspecify.annotations.NullMarked;
