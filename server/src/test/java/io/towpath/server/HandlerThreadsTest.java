package io.towpath.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Method;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class HandlerThreadsTest {
  @Test
  void handlersRunOnVirtualThreadsIfTheJvmHasThemAndOnDaemonsOtherwise() throws Exception {
    ExecutorService threads = HandlerThreads.create();
    try {
      Thread thread = threads.submit(Thread::currentThread).get(10, TimeUnit.SECONDS);
      boolean hasVirtual = Runtime.version().feature() >= 21;
      boolean isVirtual = false;
      for (Method method : Thread.class.getMethods()) {
        if (method.getName().equals("isVirtual")) {
          isVirtual = (boolean) method.invoke(thread);
        }
      }
      assertEquals(hasVirtual, isVirtual);
      assertTrue(thread.isDaemon());
    } finally {
      threads.shutdown();
    }
  }
}
