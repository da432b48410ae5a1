/**
 * Rooms and broadcast: the {@link io.towpath.adapter.Adapter} that a namespace asks who is where
 * and whom a broadcast reaches, and its in-memory form. Knows messages as finished batches and
 * sockets as {@link io.towpath.adapter.Member}s, nothing more.
 */
package io.towpath.adapter;
