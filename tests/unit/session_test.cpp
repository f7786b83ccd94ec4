#include "shared/protocol/session.hpp"

#include "shared/protocol/work.hpp"
#include "tests/unit/bytes.hpp"

namespace iolab {
namespace {

class SessionTest : public testing::Test {
 protected:
  std::unique_ptr<Session> make(Protocol protocol) {
    return make_session({.protocol = protocol, .max_frame = 100'000}, work_);
  }

  static ProtocolResult receive(Session& session, const std::string& text) {
    return session.received(as_bytes(text));
  }

  /// Takes all pending output, at most `most` bytes at a time.
  static std::string drain(Session& session, std::size_t most = 1'000'000) {
    std::string output;
    while (!session.pending_output().empty()) {
      const auto part =
          session.pending_output().first(std::min(most, session.pending_output().size()));
      output += to_text(part);
      session.sent(part.size());
    }
    EXPECT_EQ(session.pending_bytes(), 0);
    return output;
  }

  Work work_;
};

using EchoSession = SessionTest;
using FramedSession = SessionTest;

TEST_F(EchoSession, SendsBackWhatCame) {
  const auto session = make(Protocol::echo);
  EXPECT_EQ(receive(*session, "hello").messages, 1);
  EXPECT_EQ(session->pending_bytes(), 5);
  EXPECT_EQ(drain(*session), "hello");
}

TEST_F(EchoSession, KeepsTheOrderOfMuch) {
  const auto session = make(Protocol::echo);
  std::string all;
  for (std::uint32_t i = 0; i < 50; ++i) {
    const std::string part = noise(i * 131 + 1, i);
    EXPECT_EQ(receive(*session, part).messages, 1);
    all += part;
  }
  EXPECT_EQ(session->pending_bytes(), all.size());
  EXPECT_EQ(drain(*session, 777), all);
}

TEST_F(FramedSession, AnswersAFrame) {
  const auto session = make(Protocol::framed);
  EXPECT_EQ(receive(*session, frame("hello")).messages, 1);
  EXPECT_EQ(drain(*session), frame("hello"));
}

TEST_F(FramedSession, AnswersAFrameWithoutPayload) {
  const auto session = make(Protocol::framed);
  EXPECT_EQ(receive(*session, frame("")).messages, 1);
  EXPECT_EQ(drain(*session), frame(""));
}

TEST_F(FramedSession, SaysNothingUntilAFrameIsWhole) {
  const auto session = make(Protocol::framed);
  const std::string whole = frame(noise(50'000, 1));
  EXPECT_EQ(receive(*session, whole.substr(0, 49'999)).messages, 0);
  EXPECT_EQ(session->pending_bytes(), 0);
  EXPECT_TRUE(session->pending_output().empty());
  EXPECT_EQ(receive(*session, whole.substr(49'999)).messages, 1);
  EXPECT_EQ(drain(*session), whole);
}

TEST_F(FramedSession, SendsWholeFramesWhileTheNextComesIn) {
  const auto session = make(Protocol::framed);
  const std::string next = frame("the next one");
  EXPECT_EQ(receive(*session, frame("first") + next.substr(0, 7)).messages, 1);
  EXPECT_EQ(drain(*session, 2), frame("first"));
  EXPECT_EQ(receive(*session, next.substr(7)).messages, 1);
  EXPECT_EQ(drain(*session, 2), next);
}

TEST_F(FramedSession, AnswersWhatCameBeforeAFrameThatIsTooLong) {
  const auto session = make(Protocol::framed);
  const ProtocolResult result = receive(*session, frame("ok") + std::string("\x7F\xFF\xFF\xFF", 4));
  EXPECT_EQ(result.messages, 1);
  EXPECT_EQ(result.error, ProtocolError::frame_too_long);
  EXPECT_EQ(drain(*session), frame("ok"));
}

TEST_F(FramedSession, GivesTheSameForAnyChunking) {
  for (std::uint32_t seed = 0; seed < 200; ++seed) {
    std::mt19937 random(seed);
    std::string stream;
    for (int i = 0; i < 12; ++i) stream += frame(noise(random() % 5000, seed));
    const auto session = make(Protocol::framed);
    std::string replies;
    std::uint64_t messages = 0;
    for (const auto& piece : cut(stream, 1 + random() % 20'000, random)) {
      messages += receive(*session, piece).messages;
      if (random() % 2) replies += drain(*session, 1 + random() % 9000);
    }
    ASSERT_EQ(replies + drain(*session), stream) << "seed " << seed;
    ASSERT_EQ(messages, 12) << "seed " << seed;
  }
}

// A completion engine has lent these bytes to the system.
TEST_F(FramedSession, LeavesLentBytesWhereTheyAre) {
  const auto session = make(Protocol::framed);
  (void)receive(*session, frame("lent"));
  const auto lent = session->pending_output();
  for (std::uint32_t i = 0; i < 100; ++i) (void)receive(*session, frame(noise(3000, i)));
  EXPECT_EQ(session->pending_output().data(), lent.data());
  EXPECT_EQ(to_text(lent), frame("lent"));
}

TEST_F(FramedSession, HoldsNoBufferWhileIdle) {
  const auto session = make(Protocol::framed);
  (void)receive(*session, frame(noise(100'000 - 4, 1)));
  drain(*session);
  const std::size_t spare = ChunkPool::of_this_thread().spare();
  EXPECT_GT(spare, 0);
  (void)receive(*session, frame("again"));
  EXPECT_EQ(ChunkPool::of_this_thread().spare(), spare - 1);
  drain(*session);
  EXPECT_EQ(ChunkPool::of_this_thread().spare(), spare);
}

TEST_F(FramedSession, HoldsNoBufferForABareClaim) {
  const auto session = make(Protocol::framed);
  (void)receive(*session, frame("fills the pool"));
  drain(*session);
  const std::size_t spare = ChunkPool::of_this_thread().spare();
  (void)receive(*session, std::string("\0\1\0\0", 4));
  EXPECT_EQ(ChunkPool::of_this_thread().spare(), spare);
}

TEST_F(FramedSession, GivesAnUnfinishedFrameBackWhenItDies) {
  auto session = make(Protocol::framed);
  (void)receive(*session, frame(noise(40'000, 1)).substr(0, 30'000));
  const std::size_t spare = ChunkPool::of_this_thread().spare();
  session.reset();
  EXPECT_GT(ChunkPool::of_this_thread().spare(), spare);
}

}  // namespace
}  // namespace iolab
