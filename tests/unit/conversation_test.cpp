#include "shared/protocol/conversation.hpp"

#include <new>

#include "shared/protocol/work.hpp"
#include "tests/unit/chunks.hpp"

namespace iolab {
namespace {

class ConversationTest : public testing::Test {
 protected:
  Conversation framed(std::size_t output_limit = 0) {
    limits_.output_limit = output_limit;
    return Conversation(make_session({.protocol = Protocol::framed, .max_frame = 1000}, work_),
                        limits_);
  }

  static bool receive(Conversation& conversation, const std::string& text) {
    ChunkPtr chunk = chunk_of(text);
    return conversation.received(chunk, text.size());
  }

  static std::string send_all(Conversation& conversation) {
    std::string output;
    while (conversation.wants_write()) {
      const std::string part = to_text(conversation.pending_output());
      output += part;
      conversation.sent(part.size());
    }
    return output;
  }

  const std::string too_long_ = "\xFF\xFF\xFF\xFF";
  Work work_;
  FlowLimits limits_{.first_read = 1024, .largest_read = 1024};
};

TEST_F(ConversationTest, BeginsByReading) {
  const Conversation conversation = framed();
  EXPECT_TRUE(conversation.wants_read());
  EXPECT_FALSE(conversation.wants_write());
  EXPECT_FALSE(conversation.wants_half_close());
  EXPECT_FALSE(conversation.finished());
}

TEST_F(ConversationTest, TellsWholeMessagesFromParts) {
  Conversation conversation = framed();
  EXPECT_FALSE(receive(conversation, frame("abc").substr(0, 5)));
  EXPECT_TRUE(receive(conversation, frame("abc").substr(5)));
  EXPECT_TRUE(conversation.wants_write());
}

TEST_F(ConversationTest, EndsByThePeerOnceAllIsSent) {
  Conversation conversation = framed();
  receive(conversation, frame("abc"));
  conversation.received_end();
  EXPECT_FALSE(conversation.wants_read());
  EXPECT_FALSE(conversation.finished());
  EXPECT_EQ(send_all(conversation), frame("abc"));
  EXPECT_TRUE(conversation.finished());
  EXPECT_EQ(conversation.reason(), CloseReason::by_peer);
}

TEST_F(ConversationTest, ForgetsATruncatedMessage) {
  Conversation conversation = framed();
  receive(conversation, frame("abc").substr(0, 6));
  conversation.received_end();
  EXPECT_TRUE(conversation.finished());
  EXPECT_EQ(conversation.reason(), CloseReason::by_peer);
}

TEST_F(ConversationTest, PausesReadingAboveTheLimit) {
  Conversation conversation = framed(10);
  receive(conversation, frame("123456"));
  EXPECT_TRUE(conversation.wants_read()) << "just at the limit";
  receive(conversation, frame(""));
  EXPECT_FALSE(conversation.wants_read());
  conversation.sent(4);
  EXPECT_TRUE(conversation.wants_read());
}

TEST_F(ConversationTest, NeverPausesWithoutALimit) {
  Conversation conversation = framed(0);
  for (int i = 0; i < 1000; ++i) receive(conversation, frame(std::string(1000, 'x')));
  EXPECT_TRUE(conversation.wants_read());
}

TEST_F(ConversationTest, HalfClosesAfterAProtocolErrorWhenAllIsSent) {
  Conversation conversation = framed();
  receive(conversation, frame("abc") + too_long_);
  EXPECT_FALSE(conversation.wants_half_close());
  EXPECT_EQ(send_all(conversation), frame("abc"));
  EXPECT_TRUE(conversation.wants_half_close());
  conversation.half_closed();
  EXPECT_FALSE(conversation.wants_half_close());
  EXPECT_FALSE(conversation.finished()) << "the peer may still be sending";
  conversation.received_end();
  EXPECT_TRUE(conversation.finished());
  EXPECT_EQ(conversation.reason(), CloseReason::protocol_error);
}

TEST_F(ConversationTest, DiscardsWhatComesAfterAProtocolError) {
  Conversation conversation = framed();
  receive(conversation, too_long_);
  EXPECT_TRUE(conversation.wants_read());
  EXPECT_FALSE(receive(conversation, frame("abc")));
  EXPECT_FALSE(conversation.wants_write());
  EXPECT_EQ(conversation.traffic().bytes_received, 11);
  EXPECT_EQ(conversation.traffic().messages, 0);
}

TEST_F(ConversationTest, DrainsWhatHasArrivedAndNoMore) {
  Conversation conversation = framed();
  receive(conversation, frame("before"));
  conversation.drain();
  EXPECT_FALSE(receive(conversation, frame("after")));
  EXPECT_EQ(send_all(conversation), frame("before"));
  EXPECT_TRUE(conversation.wants_half_close());
  conversation.half_closed();
  conversation.received_end();
  EXPECT_TRUE(conversation.finished());
  EXPECT_EQ(conversation.reason(), CloseReason::drained);
}

TEST_F(ConversationTest, KeepsTheFirstReason) {
  Conversation conversation = framed();
  receive(conversation, too_long_);
  conversation.drain();
  conversation.received_end();
  EXPECT_EQ(conversation.reason(), CloseReason::protocol_error);
}

TEST_F(ConversationTest, IsThePeersWhenItHadFinishedBeforeTheDrain) {
  Conversation conversation = framed();
  receive(conversation, frame("abc"));
  conversation.received_end();
  conversation.drain();
  EXPECT_EQ(send_all(conversation), frame("abc"));
  EXPECT_TRUE(conversation.finished());
  EXPECT_EQ(conversation.reason(), CloseReason::by_peer);
}

TEST_F(ConversationTest, CountsItsTraffic) {
  Conversation conversation = framed();
  receive(conversation, frame("a") + frame("bc") + std::string(1, 0));
  conversation.sent(5);
  EXPECT_EQ(conversation.traffic().bytes_received, 12);
  EXPECT_EQ(conversation.traffic().bytes_sent, 5);
  EXPECT_EQ(conversation.traffic().messages, 2);
}

class SessionWithoutMemory final : public Session {
  ProtocolResult received(ChunkPtr&, std::size_t) override { throw std::bad_alloc(); }
};

TEST_F(ConversationTest, IsOverWhenMemoryRunsOut) {
  Conversation conversation(std::make_unique<SessionWithoutMemory>(), limits_);
  EXPECT_FALSE(receive(conversation, "abc"));
  EXPECT_TRUE(conversation.finished());
  EXPECT_EQ(conversation.reason(), CloseReason::io_error);
}

TEST_F(ConversationTest, MayKeepTheChunk) {
  Conversation conversation(make_session({}, work_), limits_);
  ChunkPtr chunk = chunk_of(noise(5000, 1));
  EXPECT_TRUE(conversation.received(chunk, 5000));
  EXPECT_EQ(chunk, nullptr);
  EXPECT_EQ(send_all(conversation), noise(5000, 1));
}

TEST_F(ConversationTest, LeavesTheChunkWhenItDiscards) {
  Conversation conversation = framed();
  receive(conversation, too_long_);
  ChunkPtr chunk = chunk_of(frame(noise(5000, 1)));
  EXPECT_FALSE(conversation.received(chunk, 5004));
  EXPECT_NE(chunk, nullptr);
}

/// Keeps nothing, so that a test may say how much a read brought without having as much.
class DeafSession final : public Session {
  ProtocolResult received(ChunkPtr&, std::size_t) override { return {}; }
};

class ReadSizeTest : public testing::Test {
 protected:
  static constexpr std::uint32_t kibibyte = 1024;

  [[nodiscard]] std::size_t size() const { return conversation_.read_size(); }
  void read(std::size_t received, int times = 1) {
    ChunkPtr chunk;
    for (int i = 0; i < times; ++i) (void)conversation_.received(chunk, received);
  }

  FlowLimits limits_{.first_read = 4 * kibibyte, .largest_read = 40 * kibibyte};
  Conversation conversation_{std::make_unique<DeafSession>(), limits_};
};

TEST_F(ReadSizeTest, BeginsWithTheFirst) {
  EXPECT_EQ(size(), 4 * kibibyte);
}

TEST_F(ReadSizeTest, GrowsWhenAReadFillsItsRoom) {
  read(4 * kibibyte - 1, 100);
  EXPECT_EQ(size(), 4 * kibibyte);
  read(4 * kibibyte);
  EXPECT_EQ(size(), 16 * kibibyte);
  read(16 * kibibyte);
  EXPECT_EQ(size(), 40 * kibibyte);
  read(40 * kibibyte);
  EXPECT_EQ(size(), 40 * kibibyte);
}

// There may be much to throw away, and one byte at a time would take for ever.
TEST_F(ReadSizeTest, GrowsWhileInputIsDiscarded) {
  conversation_.drain();
  read(4 * kibibyte);
  EXPECT_EQ(size(), 16 * kibibyte);
}

TEST_F(ReadSizeTest, ShrinksAfterSixteenSmallReads) {
  read(4 * kibibyte);
  read(16 * kibibyte);
  read(10 * kibibyte - 1, 15);
  EXPECT_EQ(size(), 40 * kibibyte);
  read(1);
  EXPECT_EQ(size(), 16 * kibibyte);
  read(1, 16);
  EXPECT_EQ(size(), 4 * kibibyte);
  read(1, 100);
  EXPECT_EQ(size(), 4 * kibibyte);
}

TEST_F(ReadSizeTest, StaysWhileALargeReadComesNowAndThen) {
  read(4 * kibibyte);
  for (int i = 0; i < 10; ++i) {
    read(1, 15);
    EXPECT_EQ(size(), 16 * kibibyte);
    read(4 * kibibyte);
  }
}

// The small reads are counted anew after one that fills its room, too.
TEST_F(ReadSizeTest, StaysWhileAReadFillsItsRoomNowAndThen) {
  read(4 * kibibyte);
  read(16 * kibibyte);
  for (int i = 0; i < 10; ++i) {
    read(1, 15);
    EXPECT_EQ(size(), 40 * kibibyte);
    read(40 * kibibyte);
  }
}

TEST_F(ReadSizeTest, IsTheFirstAgainWhenItWentQuiet) {
  read(4 * kibibyte);
  read(16 * kibibyte);
  conversation_.went_quiet();
  EXPECT_EQ(size(), 4 * kibibyte);
}

TEST_F(ReadSizeTest, NeverGrowsIfTheLargestIsTheFirst) {
  limits_.largest_read = limits_.first_read;
  read(4 * kibibyte, 100);
  EXPECT_EQ(size(), 4 * kibibyte);
}

TEST_F(ReadSizeTest, GrowsFromOneByte) {
  limits_.first_read = 1;
  conversation_.went_quiet();
  for (const std::size_t next : {4, 16, 64}) {
    read(size());
    EXPECT_EQ(size(), next);
  }
}

TEST_F(ReadSizeTest, GrowsToAGibibyteAndNoFurther) {
  constexpr std::uint32_t gibibyte = kibibyte * kibibyte * kibibyte;
  for (const std::uint32_t first : {gibibyte, gibibyte - 1, gibibyte / 4 + 1, gibibyte / 4}) {
    limits_ = {.first_read = first, .largest_read = gibibyte};
    conversation_.went_quiet();
    for (int i = 0; i < 3; ++i) {
      read(size());
      EXPECT_EQ(size(), gibibyte) << first;
    }
  }
}

TEST_F(ReadSizeTest, IsTheRoomOfAChunk) {
  ChunkPtr chunk;
  ASSERT_TRUE(conversation_.make_room(chunk));
  EXPECT_EQ(chunk->room().size(), 4 * kibibyte);
  read(4 * kibibyte);
  ASSERT_TRUE(conversation_.make_room(chunk));
  EXPECT_EQ(chunk->room().size(), 16 * kibibyte);
  conversation_.went_quiet();
  ASSERT_TRUE(conversation_.make_room(chunk));
  EXPECT_EQ(chunk->room().size(), 4 * kibibyte);
}

TEST_F(ReadSizeTest, KeepsAChunkThatHasTheRoom) {
  ChunkPtr chunk;
  ASSERT_TRUE(conversation_.make_room(chunk));
  const Chunk* const before = chunk.get();
  ASSERT_TRUE(conversation_.make_room(chunk));
  EXPECT_EQ(chunk.get(), before);
}

}  // namespace
}  // namespace iolab
