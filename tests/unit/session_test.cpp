#include "shared/protocol/session.hpp"

#include "shared/protocol/frame_decoder.hpp"
#include "shared/protocol/work.hpp"
#include "tests/unit/chunks.hpp"

namespace iolab {
namespace {

constexpr std::size_t kibibyte = 1024;

class SessionTest : public testing::Test {
 protected:
  std::unique_ptr<Session> make(Protocol protocol) {
    return make_session({.protocol = protocol, .max_frame = 100'000}, work_);
  }

  /// One read, into a chunk that has room for `capacity` bytes, or for the text only.
  static ProtocolResult receive(Session& session, std::string_view text, std::size_t capacity = 0) {
    ChunkPtr chunk = chunk_of(text, capacity);
    return session.received(chunk, text.size());
  }

  /// Takes all pending output, at most `most` bytes at a time.
  static std::string drain(Session& session, std::size_t most = 1'000'000) {
    std::string output;
    while (!session.pending_output().empty()) {
      const std::string part = to_text(session.pending_output()).substr(0, most);
      output += part;
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

TEST_F(EchoSession, SendsMuchFromWhereItWasReadTo) {
  const auto session = make(Protocol::echo);
  const std::string text = noise(10 * kibibyte, 1);
  ChunkPtr chunk = chunk_of(text, 16 * kibibyte);
  const std::byte* const bytes = chunk->bytes();
  EXPECT_EQ(session->received(chunk, text.size()).messages, 1);
  EXPECT_EQ(chunk, nullptr);
  EXPECT_EQ(session->pending_output().front().data(), bytes);
  EXPECT_EQ(drain(*session), text);
}

TEST_F(EchoSession, LeavesTheChunkOfALittle) {
  const auto session = make(Protocol::echo);
  ChunkPtr chunk = chunk_of("hello", 16 * kibibyte);
  EXPECT_EQ(session->received(chunk, 5).messages, 1);
  ASSERT_NE(chunk, nullptr);
  std::ranges::fill(chunk->room(), std::byte{});  // the next read
  EXPECT_EQ(drain(*session), "hello");
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

TEST_F(FramedSession, SendsAFrameFromWhereItWasReadTo) {
  const auto session = make(Protocol::framed);
  const std::string whole = frame(noise(10 * kibibyte, 1));
  ChunkPtr chunk = chunk_of(whole, 16 * kibibyte);
  const std::byte* const bytes = chunk->bytes();
  EXPECT_EQ(session->received(chunk, whole.size()).messages, 1);
  EXPECT_EQ(chunk, nullptr);
  EXPECT_TRUE(session->pending_output().is_single());
  EXPECT_EQ(session->pending_output().front().data(), bytes);
  EXPECT_EQ(drain(*session), whole);
}

TEST_F(FramedSession, SendsThePayloadFromWhereItWasReadToThoughItsHeaderCameEarlier) {
  const std::string whole = frame(noise(10 * kibibyte, 1));
  for (const std::size_t cut : {1U, 3U, 4U}) {
    const auto session = make(Protocol::framed);
    EXPECT_EQ(receive(*session, whole.substr(0, cut)).messages, 0);
    ChunkPtr chunk = chunk_of(whole.substr(cut));
    const std::byte* const payload = chunk->bytes() + frame_header_size - cut;
    EXPECT_EQ(session->received(chunk, whole.size() - cut).messages, 1);
    EXPECT_EQ(chunk, nullptr);
    const BufferSequence output = session->pending_output();
    EXPECT_EQ((*++output.begin()).data(), payload) << "cut at " << cut;
    EXPECT_EQ(drain(*session), whole) << "cut at " << cut;
  }
}

// The rest of one, whole ones and the beginning of the next, and all of it stays where it is.
TEST_F(FramedSession, SendsARowOfFramesFromWhereItWasReadTo) {
  const auto session = make(Protocol::framed);
  const std::string first = frame(noise(3000, 1));
  const std::string whole = frame(noise(2000, 2)) + frame("") + frame(noise(5000, 3));
  const std::string next = frame(noise(6000, 4));
  EXPECT_EQ(receive(*session, first.substr(0, 100)).messages, 0);

  const std::string read = first.substr(100) + whole + next.substr(0, 200);
  ChunkPtr chunk = chunk_of(read);
  const std::byte* const bytes = chunk->bytes();
  EXPECT_EQ(session->received(chunk, read.size()).messages, 4);
  EXPECT_EQ(chunk, nullptr);
  EXPECT_EQ(session->pending_bytes(), first.size() + whole.size()) << "no byte of the next frame";
  const BufferSequence output = session->pending_output();
  EXPECT_EQ((*++output.begin()).data(), bytes);
  EXPECT_EQ(to_text(output), first + whole);

  EXPECT_EQ(receive(*session, next.substr(200)).messages, 1);
  EXPECT_EQ(drain(*session, 999), first + whole + next);
}

TEST_F(FramedSession, AnswersWhatCameBeforeAFrameThatIsTooLong) {
  const auto session = make(Protocol::framed);
  const ProtocolResult result = receive(*session, frame("ok") + std::string("\x7F\xFF\xFF\xFF", 4));
  EXPECT_EQ(result.messages, 1);
  EXPECT_EQ(result.error, ProtocolError::frame_too_long);
  EXPECT_EQ(drain(*session), frame("ok"));
}

TEST_F(FramedSession, SendsNoByteOfAFrameThatIsTooLong) {
  const auto session = make(Protocol::framed);
  const std::string good = frame(noise(5000, 1));
  const std::string lie = std::string("\x7F\xFF\xFF\xFF", 4) + noise(5000, 2);
  EXPECT_EQ(receive(*session, good + lie).error, ProtocolError::frame_too_long);
  EXPECT_EQ(drain(*session), good);
}

/// Feeds a session as an engine does: it reads into one chunk again and again, takes another one
/// when that was kept, and sends at random times what it had lent before.
class Feeder {
 public:
  Feeder(Session& session, std::size_t capacity, std::uint32_t seed)
      : session_(session), capacity_(capacity), random_(seed) {}

  void feed(std::string_view stream) {
    while (!stream.empty()) {
      const std::size_t n = std::min(stream.size(), 1 + random_() % capacity_);
      read(stream.substr(0, n));
      stream.remove_prefix(n);
      if (random_() % 2 == 0) send();
    }
    while (!session_.pending_output().empty()) send();
  }

  [[nodiscard]] const std::string& replies() const { return replies_; }
  [[nodiscard]] std::uint64_t messages() const { return messages_; }
  [[nodiscard]] int kept() const { return kept_; }

 private:
  void read(std::string_view text) {
    if (!chunk_) chunk_ = chunk_of("", capacity_);
    std::ranges::copy(as_bytes(text), chunk_->bytes());
    messages_ += session_.received(chunk_, text.size()).messages;
    kept_ += chunk_ ? 0 : 1;
    if (chunk_) std::ranges::fill(chunk_->room(), std::byte{0xEE});
  }
  void send() {
    const std::string sent = to_text(lent_).substr(0, 1 + random_() % (lent_.size() + 1));
    replies_ += sent;
    session_.sent(sent.size());
    lent_ = session_.pending_output();
  }

  Session& session_;
  std::size_t capacity_;
  std::mt19937 random_;
  ChunkPtr chunk_;
  BufferSequence lent_;
  std::string replies_;
  std::uint64_t messages_ = 0;
  int kept_ = 0;
};

constexpr std::size_t capacities[] = {1, 7, 100, 4096, 5000, 16 * kibibyte, 64 * kibibyte};

TEST_F(EchoSession, GivesTheSameForAnyChunking) {
  int kept = 0;
  for (std::uint32_t seed = 0; seed < 70; ++seed) {
    const std::size_t capacity = capacities[seed % std::size(capacities)];
    const std::string stream = noise(std::min<std::size_t>(100 * capacity, 200'000), seed);
    const auto session = make(Protocol::echo);
    Feeder feeder(*session, capacity, seed);
    feeder.feed(stream);
    ASSERT_EQ(feeder.replies(), stream) << "seed " << seed;
    kept += feeder.kept();
  }
  EXPECT_GT(kept, 70);
}

TEST_F(FramedSession, GivesTheSameForAnyChunking) {
  int kept = 0;
  for (std::uint32_t seed = 0; seed < 210; ++seed) {
    std::mt19937 random(seed);
    const std::size_t capacity = capacities[seed % std::size(capacities)];
    const std::size_t longest = std::min<std::size_t>(100 * capacity, 30'000);
    std::string stream;
    for (std::uint32_t i = 0; i < 12; ++i) stream += frame(noise(random() % longest, seed + i));
    const auto session = make(Protocol::framed);
    Feeder feeder(*session, capacity, seed);
    feeder.feed(stream);
    ASSERT_EQ(feeder.replies(), stream) << "seed " << seed;
    ASSERT_EQ(feeder.messages(), 12) << "seed " << seed;
    kept += feeder.kept();
  }
  EXPECT_GT(kept, 210);
}

// A completion engine has lent these bytes to the system.
TEST_F(FramedSession, LeavesLentBytesWhereTheyAre) {
  const auto session = make(Protocol::framed);
  (void)receive(*session, frame("lent"));
  const BufferSequence lent = session->pending_output();
  for (std::uint32_t i = 0; i < 100; ++i) (void)receive(*session, frame(noise(3000, i)));
  EXPECT_EQ(session->pending_output().front().data(), lent.front().data());
  EXPECT_EQ(to_text(lent), frame("lent"));
}

TEST_F(FramedSession, HoldsNoBufferWhileIdle) {
  const auto session = make(Protocol::framed);
  (void)receive(*session, frame(noise(100'000 - 4, 1)));
  (void)receive(*session, frame("small"));
  drain(*session);
  const std::size_t spare = ChunkPool::of_this_thread().spare();
  EXPECT_GT(spare, 0);
  (void)receive(*session, frame("again"));
  EXPECT_EQ(ChunkPool::of_this_thread().spare(), spare - output_chunk_size);
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
