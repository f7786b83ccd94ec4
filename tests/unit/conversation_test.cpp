#include "shared/protocol/conversation.hpp"

#include <new>

#include "shared/protocol/work.hpp"
#include "tests/unit/bytes.hpp"

namespace iolab {
namespace {

class ConversationTest : public testing::Test {
 protected:
  Conversation framed(std::size_t output_limit = 0) {
    return Conversation(make_session({.protocol = Protocol::framed, .max_frame = 1000}, work_),
                        output_limit);
  }

  static bool receive(Conversation& conversation, const std::string& text) {
    return conversation.received(as_bytes(text));
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
  ProtocolResult received(std::span<const std::byte>) override { throw std::bad_alloc(); }
};

TEST_F(ConversationTest, IsOverWhenMemoryRunsOut) {
  Conversation conversation(std::make_unique<SessionWithoutMemory>(), 0);
  EXPECT_FALSE(receive(conversation, "abc"));
  EXPECT_TRUE(conversation.finished());
  EXPECT_EQ(conversation.reason(), CloseReason::io_error);
}

}  // namespace
}  // namespace iolab
