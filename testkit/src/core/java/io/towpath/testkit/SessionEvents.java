package io.towpath.testkit;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.towpath.engine.CloseReason;
import io.towpath.engine.EnginePacket;
import io.towpath.engine.SessionListener;
import io.towpath.engine.TransportName;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Records what a session tells its listener, as text: {@code hello} for a text message, {@code
 * 0x0102} for a binary one, {@code burst end}, {@code drain}, {@code transport: websocket}, {@code
 * closed: ping timeout}. Any thread.
 */
public final class SessionEvents implements SessionListener {
  @GuardedBy("this")
  private final List<String> log = new ArrayList<>();

  /** What the test wants done with each text message. */
  private volatile Consumer<String> textAction = text -> {};

  private volatile @Nullable String lastDescription;

  /** Creates an empty recorder. */
  public SessionEvents() {}

  /** Runs an action inside every {@code onText}. */
  public void onEachText(Consumer<String> action) {
    textAction = action;
  }

  @Override
  public void onText(EnginePacket.Text message) {
    note(message.string());
    textAction.accept(message.string());
  }

  @Override
  public void onBinary(byte[] message) {
    note("0x" + HexFormat.of().formatHex(message));
  }

  @Override
  public void onBurstEnd() {
    note("burst end");
  }

  @Override
  public void onDrain() {
    note("drain");
  }

  @Override
  public void onTransport(TransportName transport) {
    note("transport: " + transport);
  }

  @Override
  public void onDetached() {
    note("detached");
  }

  @Override
  public void onResumed() {
    note("resumed");
  }

  @Override
  public void onClose(CloseReason reason, @Nullable String description) {
    lastDescription = description;
    note("closed: " + reason);
  }

  /** Returns what the end was described as; null if it was not, or has not come. */
  public @Nullable String description() {
    return lastDescription;
  }

  /** Returns everything recorded since the last call, but for the ends of bursts. */
  public synchronized List<String> take() {
    List<String> all = log.stream().filter(entry -> !entry.equals("burst end")).toList();
    log.clear();
    return all;
  }

  /** Returns everything recorded since the last call. */
  public synchronized List<String> takeAll() {
    List<String> all = List.copyOf(log);
    log.clear();
    return all;
  }

  private synchronized void note(String entry) {
    log.add(entry);
  }
}
