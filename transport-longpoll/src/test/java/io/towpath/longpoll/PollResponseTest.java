package io.towpath.longpoll;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PollResponseTest {
  @Test
  void theLengthIsThatOfAllPieces() {
    assertEquals(5, new PollResponse(200, Map.of(), List.of(new byte[2], new byte[3])).length());
    assertEquals(0, new PollResponse(400, Map.of(), List.of()).length());
  }

  @Test
  void theListOfPiecesIsItsOwn() {
    List<byte[]> pieces = new ArrayList<>(List.of(new byte[2]));
    PollResponse response = new PollResponse(200, Map.of(), pieces);
    pieces.add(new byte[3]);
    assertEquals(1, response.body().size());
  }
}
