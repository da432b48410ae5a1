package io.towpath.server;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The cookie by which a load balancer can keep the polls of a session together. It is sent with the
 * handshake over polling, and with nothing else, and holds the session's id. Immutable; any thread.
 *
 * <p>By default {@code io=<sid>; Path=/; HttpOnly; SameSite=Lax}, as in the reference.
 */
public final class SessionCookie {
  private static final DateTimeFormatter HTTP_DATE =
      DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ROOT)
          .withZone(ZoneOffset.UTC);

  private final String name;

  /** Everything behind the value, in the reference's order. */
  private final String attributes;

  private SessionCookie(Builder builder) {
    name = builder.name;
    StringBuilder text = new StringBuilder();
    if (builder.maxAge != null) {
      text.append("; Max-Age=").append(builder.maxAge.toSeconds());
    }
    attribute(text, "Domain", builder.domain);
    attribute(text, "Path", builder.path);
    if (builder.expires != null) {
      text.append("; Expires=").append(HTTP_DATE.format(builder.expires));
    }
    text.append(builder.httpOnly ? "; HttpOnly" : "");
    text.append(builder.secure ? "; Secure" : "");
    text.append(builder.partitioned ? "; Partitioned" : "");
    attribute(text, "Priority", builder.priority);
    attribute(text, "SameSite", builder.sameSite);
    attributes = text.toString();
  }

  private static void attribute(StringBuilder text, String attribute, @Nullable String value) {
    if (value != null) {
      text.append("; ").append(attribute).append('=').append(value);
    }
  }

  /** Returns a builder with the reference's defaults. */
  public static Builder builder() {
    return new Builder();
  }

  /** Returns the reference's cookie. */
  public static SessionCookie defaults() {
    return new Builder().build();
  }

  /** Returns the value of {@code Set-Cookie} for a session. */
  String header(String sid) {
    return name + "=" + sid + attributes;
  }

  /** Collects attributes. Not thread safe. */
  public static final class Builder {
    private String name = "io";
    private @Nullable Duration maxAge;
    private @Nullable String domain;
    private @Nullable String path = "/";
    private @Nullable Instant expires;
    private boolean httpOnly = true;
    private boolean secure;
    private boolean partitioned;
    private @Nullable String priority;
    private @Nullable String sameSite = "Lax";

    private Builder() {}

    /**
     * Sets the name; default {@code io}.
     *
     * @throws IllegalArgumentException if it has other signs than letters, digits, {@code - _ .}
     */
    public Builder name(String newName) {
      if (!newName.matches("[A-Za-z0-9_.-]{1,64}")) {
        throw new IllegalArgumentException("not the name of a cookie");
      }
      name = newName;
      return this;
    }

    /** Sets how long browsers keep it; default until they are closed. */
    public Builder maxAge(Duration age) {
      maxAge = age;
      return this;
    }

    /** Sets the domain; default the host alone. */
    public Builder domain(String newDomain) {
      domain = value(newDomain);
      return this;
    }

    /** Sets the path, null for none; default {@code /}. */
    public Builder path(@Nullable String newPath) {
      path = newPath == null ? null : value(newPath);
      return this;
    }

    /** Sets when browsers drop it; default when they are closed. */
    public Builder expires(Instant when) {
      expires = when;
      return this;
    }

    /** Sets whether scripts are kept from it; default true. */
    public Builder httpOnly(boolean only) {
      httpOnly = only;
      return this;
    }

    /** Sets whether it travels over TLS alone; default false. */
    public Builder secure(boolean only) {
      secure = only;
      return this;
    }

    /** Sets whether it is kept apart for each embedding site; default false. */
    public Builder partitioned(boolean apart) {
      partitioned = apart;
      return this;
    }

    /** Sets the priority: {@code Low}, {@code Medium} or {@code High}; default none. */
    public Builder priority(String newPriority) {
      priority = value(newPriority);
      return this;
    }

    /**
     * Sets when it travels across sites: {@code Strict}, {@code Lax} or {@code None}, null for no
     * attribute; default {@code Lax}.
     */
    public Builder sameSite(@Nullable String rule) {
      sameSite = rule == null ? null : value(rule);
      return this;
    }

    /** Returns the cookie. */
    public SessionCookie build() {
      return new SessionCookie(this);
    }

    /** RFC 6265 section 4.1.1: an attribute's value has no control character and no semicolon. */
    private static String value(String text) {
      if (text.isEmpty() || text.chars().anyMatch(c -> c < 0x20 || c >= 0x7f || c == ';')) {
        throw new IllegalArgumentException("not an attribute of a cookie");
      }
      return text;
    }
  }
}
