#include "experiments/loadgen/wire/request_stream.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace iolab::loadgen {
namespace {

using testing::HasSubstr;
using Bytes = std::vector<std::byte>;

// Sends whatever is to be sent and returns it.
Bytes send_all(RequestStream& stream) {
  Bytes bytes;
  for (auto part = stream.unsent(); !part.empty(); part = stream.unsent()) {
    bytes.insert(bytes.end(), part.begin(), part.end());
    stream.sent(part.size());
  }
  return bytes;
}

TEST(RequestStream, TakesTheEchoOfWhatItSent) {
  const WirePattern pattern(Protocol::framed, 20, 20);
  RequestStream stream(pattern, 3, 1, true);
  for (Nanoseconds i = 0; i < 2000; ++i) {
    stream.ask({i, i + 1});
    EXPECT_EQ(stream.in_flight(), 1U);
    const Bytes bytes = send_all(stream);
    ASSERT_EQ(bytes.size(), 20U);
    ASSERT_EQ(stream.received(bytes), 1U);
    const Request request = stream.take();
    EXPECT_EQ(request.intended_ns, i);
    EXPECT_EQ(request.sent_ns, i + 1);
  }
  EXPECT_EQ(stream.in_flight(), 0U);
  EXPECT_EQ(stream.replies(), 2000U);
}

TEST(RequestStream, TakesRepliesInAnyPieces) {
  const WirePattern pattern(Protocol::echo, 7, 64 * 1024);
  for (std::size_t piece = 1; piece <= 28; ++piece) {
    RequestStream stream(pattern, 1, 4, true);
    for (Nanoseconds i = 0; i < 4; ++i) stream.ask({i, i});
    const Bytes bytes = send_all(stream);
    ASSERT_EQ(bytes.size(), 28U);
    unsigned replies = 0;
    for (std::size_t begin = 0; begin < bytes.size(); begin += piece) {
      const std::size_t size = std::min(piece, bytes.size() - begin);
      const auto complete = stream.received(std::span(bytes).subspan(begin, size));
      ASSERT_TRUE(complete.has_value()) << stream.complaint();
      replies += *complete;
      EXPECT_EQ(replies, (begin + size) / 7) << piece;
    }
    for (Nanoseconds i = 0; i < 4; ++i) EXPECT_EQ(stream.take().sent_ns, i);
  }
}

TEST(RequestStream, SendsInAnyPieces) {
  const WirePattern pattern(Protocol::echo, 10, 10);
  RequestStream whole(pattern, 5, 8, true), parts(pattern, 5, 8, true);
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

TEST(RequestStream, NoticesEveryWrongByteAndSaysWhere) {
  const WirePattern pattern(Protocol::framed, 12, 64);
  for (std::size_t wrong = 0; wrong < 36; ++wrong) {
    RequestStream stream(pattern, 0, 3, true);
    for (int i = 0; i < 3; ++i) stream.ask({0, 0});
    Bytes bytes = send_all(stream);
    bytes[wrong] ^= std::byte{0x10};
    EXPECT_FALSE(stream.received(bytes).has_value());
    EXPECT_THAT(stream.complaint(), HasSubstr("reply " + std::to_string(wrong / 12) +
                                              " at offset " + std::to_string(wrong % 12)));
  }
}

TEST(RequestStream, NoticesTheReplyOfAnotherConnection) {
  const WirePattern pattern(Protocol::echo, 68, 68);
  for (std::size_t other = 1; other < 100; ++other) {
    RequestStream mine(pattern, 0, 1, true), yours(pattern, other, 1, true);
    mine.ask({0, 0});
    yours.ask({0, 0});
    EXPECT_FALSE(mine.received(send_all(yours)).has_value()) << other;
  }
}

TEST(RequestStream, NoticesSwappedDoubledAndLostMessages) {
  const WirePattern pattern(Protocol::echo, 16, 64);
  RequestStream stream(pattern, 0, 3, true);
  for (int i = 0; i < 3; ++i) stream.ask({0, 0});
  const Bytes sent = send_all(stream);
  const auto message = [&](int i) {
    return Bytes(sent.begin() + 16 * i, sent.begin() + 16 * (i + 1));
  };
  for (const auto& order : {std::pair{1, 0}, {0, 0}, {0, 2}}) {
    RequestStream fresh(pattern, 0, 3, true);
    for (int i = 0; i < 3; ++i) fresh.ask({0, 0});
    send_all(fresh);
    const bool first = fresh.received(message(order.first)).has_value();
    EXPECT_FALSE(first && fresh.received(message(order.second)).has_value());
  }
}

TEST(RequestStream, NoticesBytesNobodyAskedFor) {
  const WirePattern pattern(Protocol::echo, 8, 64);
  RequestStream stream(pattern, 0, 1, false);
  stream.ask({0, 0});
  EXPECT_FALSE(stream.received(Bytes(9)).has_value());
  EXPECT_THAT(stream.complaint(), HasSubstr("1 bytes more than asked for"));
}

TEST(RequestStream, WithoutVerificationAnyBytesWillDo) {
  const WirePattern pattern(Protocol::echo, 8, 64);
  RequestStream stream(pattern, 0, 2, false);
  stream.ask({0, 0});
  stream.ask({0, 0});
  EXPECT_EQ(stream.received(Bytes(16)), 2U);
}

TEST(RequestStream, KnowsWhoStillWaits) {
  const WirePattern pattern(Protocol::echo, 8, 64);
  RequestStream stream(pattern, 0, 3, true);
  for (Nanoseconds i = 0; i < 3; ++i) stream.ask({i, i});
  const Bytes bytes = send_all(stream);
  ASSERT_EQ(stream.received(std::span(bytes).first(8)), 1U);
  static_cast<void>(stream.take());
  EXPECT_EQ(stream.in_flight(), 2U);
  EXPECT_EQ(stream.waiting(0).sent_ns, 1);
  EXPECT_EQ(stream.waiting(1).sent_ns, 2);
}

TEST(RequestStream, BeginsAnewOnAFreshConnection) {
  const WirePattern pattern(Protocol::echo, 8, 64);
  RequestStream stream(pattern, 4, 1, true);
  stream.ask({0, 0});
  const Bytes first = send_all(stream);
  ASSERT_EQ(stream.received(first), 1U);
  static_cast<void>(stream.take());
  stream.restart();
  EXPECT_EQ(stream.asked(), 0U);
  stream.ask({0, 0});
  EXPECT_EQ(send_all(stream), first);
  EXPECT_EQ(stream.replies(), 1U) << "counts on";
}

}  // namespace
}  // namespace iolab::loadgen
