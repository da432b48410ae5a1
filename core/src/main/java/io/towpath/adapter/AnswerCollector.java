package io.towpath.adapter;

/** Takes the answers to one broadcast or server-side event. Any thread. */
public interface AnswerCollector {
  /**
   * Says how many answers one server will give. Each server says so once, before or after its
   * answers.
   */
  void expect(int answers);

  /** Takes one answer. */
  void answer(Answer answer);

  /** Takes note that one of the expected answers will not come. */
  void missing();
}
