package io.towpath.adapter;

import com.fasterxml.jackson.databind.JsonNode;
import io.towpath.engine.HandshakeRequest;
import java.time.Instant;
import java.util.Map;
import java.util.Set;

/**
 * What there is to know about a socket, on whatever server it is. A snapshot.
 *
 * @param id the socket's id
 * @param rooms the rooms that it is in
 * @param data what the application keeps with it
 * @param request the first HTTP request of its session
 * @param issued when the socket was created
 * @param auth the payload of its CONNECT
 */
public record MemberDetails(
    String id,
    Set<String> rooms,
    Map<String, Object> data,
    HandshakeRequest request,
    Instant issued,
    JsonNode auth) {}
