#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "experiments/loadgen/conversation.hpp"

namespace iolab::loadgen {
namespace {

using testing::HasSubstr;
using Bytes = std::vector<std::byte>;

// Sends whatever is to be sent and returns it.
Bytes send_all(Conversation& conversation) {
  Bytes bytes;
  for (auto part = conversation.unsent(); !part.empty(); part = conversation.unsent()) {
    bytes.insert(bytes.end(), part.begin(), part.end());
    conversation.sent(part.size());
  }
  return bytes;
}

TEST(Conversation, TakesTheEchoOfWhatItSent) {
  const WirePattern pattern(Protocol::framed, 20, 20);
  Conversation conversation(pattern, 3, 1, true);
  for (Nanoseconds i = 0; i < 2000; ++i) {
    conversation.ask({i, i + 1});
    EXPECT_EQ(conversation.in_flight(), 1U);
    const Bytes bytes = send_all(conversation);
    ASSERT_EQ(bytes.size(), 20U);
    ASSERT_EQ(conversation.received(bytes), 1U);
    const Request request = conversation.take();
    EXPECT_EQ(request.intended_ns, i);
    EXPECT_EQ(request.sent_ns, i + 1);
  }
  EXPECT_EQ(conversation.in_flight(), 0U);
  EXPECT_EQ(conversation.replies(), 2000U);
}

TEST(Conversation, TakesRepliesInAnyPieces) {
  const WirePattern pattern(Protocol::echo, 7, 64 * 1024);
  for (std::size_t piece = 1; piece <= 28; ++piece) {
    Conversation conversation(pattern, 1, 4, true);
    for (Nanoseconds i = 0; i < 4; ++i) conversation.ask({i, i});
    const Bytes bytes = send_all(conversation);
    ASSERT_EQ(bytes.size(), 28U);
    unsigned replies = 0;
    for (std::size_t begin = 0; begin < bytes.size(); begin += piece) {
      const std::size_t size = std::min(piece, bytes.size() - begin);
      const auto complete = conversation.received(std::span(bytes).subspan(begin, size));
      ASSERT_TRUE(complete.has_value()) << conversation.complaint();
      replies += *complete;
      EXPECT_EQ(replies, (begin + size) / 7) << piece;
    }
    for (Nanoseconds i = 0; i < 4; ++i) EXPECT_EQ(conversation.take().sent_ns, i);
  }
}

TEST(Conversation, SendsInAnyPieces) {
  const WirePattern pattern(Protocol::echo, 10, 10);
  Conversation whole(pattern, 5, 8, true), parts(pattern, 5, 8, true);
  for (int i = 0; i < 8; ++i) {
    whole.ask({0, 0});
    parts.ask({0, 0});
  }
  Bytes bytes;
  while (!parts.unsent().empty()) {
    bytes.push_back(parts.unsent().front());
    parts.sent(1);
  }
  EXPECT_EQ(bytes, send_all(whole));
}

TEST(Conversation, NoticesEveryWrongByteAndSaysWhere) {
  const WirePattern pattern(Protocol::framed, 12, 64);
  for (std::size_t wrong = 0; wrong < 36; ++wrong) {
    Conversation conversation(pattern, 0, 3, true);
    for (int i = 0; i < 3; ++i) conversation.ask({0, 0});
    Bytes bytes = send_all(conversation);
    bytes[wrong] ^= std::byte{0x10};
    EXPECT_FALSE(conversation.received(bytes).has_value());
    EXPECT_THAT(conversation.complaint(), HasSubstr("reply " + std::to_string(wrong / 12) +
                                                    " at offset " + std::to_string(wrong % 12)));
  }
}

TEST(Conversation, NoticesTheReplyOfAnotherConnection) {
  const WirePattern pattern(Protocol::echo, 68, 68);
  for (std::size_t other = 1; other < 100; ++other) {
    Conversation mine(pattern, 0, 1, true), yours(pattern, other, 1, true);
    mine.ask({0, 0});
    yours.ask({0, 0});
    EXPECT_FALSE(mine.received(send_all(yours)).has_value()) << other;
  }
}

TEST(Conversation, NoticesSwappedDoubledAndLostMessages) {
  const WirePattern pattern(Protocol::echo, 16, 64);
  Conversation conversation(pattern, 0, 3, true);
  for (int i = 0; i < 3; ++i) conversation.ask({0, 0});
  const Bytes sent = send_all(conversation);
  const auto message = [&](int i) {
    return Bytes(sent.begin() + 16 * i, sent.begin() + 16 * (i + 1));
  };
  for (const auto& order : {std::pair{1, 0}, {0, 0}, {0, 2}}) {
    Conversation fresh(pattern, 0, 3, true);
    for (int i = 0; i < 3; ++i) fresh.ask({0, 0});
    send_all(fresh);
    const bool first = fresh.received(message(order.first)).has_value();
    EXPECT_FALSE(first && fresh.received(message(order.second)).has_value());
  }
}

TEST(Conversation, NoticesBytesNobodyAskedFor) {
  const WirePattern pattern(Protocol::echo, 8, 64);
  Conversation conversation(pattern, 0, 1, false);
  conversation.ask({0, 0});
  EXPECT_FALSE(conversation.received(Bytes(9)).has_value());
  EXPECT_THAT(conversation.complaint(), HasSubstr("1 bytes more than asked for"));
}

TEST(Conversation, WithoutVerificationAnyBytesWillDo) {
  const WirePattern pattern(Protocol::echo, 8, 64);
  Conversation conversation(pattern, 0, 2, false);
  conversation.ask({0, 0});
  conversation.ask({0, 0});
  EXPECT_EQ(conversation.received(Bytes(16)), 2U);
}

TEST(Conversation, KnowsWhoStillWaits) {
  const WirePattern pattern(Protocol::echo, 8, 64);
  Conversation conversation(pattern, 0, 3, true);
  for (Nanoseconds i = 0; i < 3; ++i) conversation.ask({i, i});
  const Bytes bytes = send_all(conversation);
  ASSERT_EQ(conversation.received(std::span(bytes).first(8)), 1U);
  static_cast<void>(conversation.take());
  EXPECT_EQ(conversation.in_flight(), 2U);
  EXPECT_EQ(conversation.waiting(0).sent_ns, 1);
  EXPECT_EQ(conversation.waiting(1).sent_ns, 2);
}

TEST(Conversation, BeginsAnewOnAFreshConnection) {
  const WirePattern pattern(Protocol::echo, 8, 64);
  Conversation conversation(pattern, 4, 1, true);
  conversation.ask({0, 0});
  const Bytes first = send_all(conversation);
  ASSERT_EQ(conversation.received(first), 1U);
  static_cast<void>(conversation.take());
  conversation.restart();
  EXPECT_EQ(conversation.asked(), 0U);
  conversation.ask({0, 0});
  EXPECT_EQ(send_all(conversation), first);
  EXPECT_EQ(conversation.replies(), 1U) << "counts on";
}

}  // namespace
}  // namespace iolab::loadgen
