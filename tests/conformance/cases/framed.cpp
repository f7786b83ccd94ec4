#include "tests/conformance/fixture.hpp"

namespace iolab::conformance {
namespace {

constexpr std::uint32_t max_frame = 64 * 1024;
constexpr std::uint32_t largest_claim = 0xFFFFFFFF;

class Framed : public Conformance {
 protected:
  static Words small_frames() { return {"--max-frame", "64KiB"}; }
  static Bytes garbage() { return pattern(100'000, 9); }

  /// Sends `bytes`, finishes, and returns what came, which must end with a FIN.
  Bytes reply_to(const Bytes& bytes) {
    Client client = connect();
    client.send(bytes);
    client.finish_sending();
    Rest rest = receive_rest_after_finishing(client);
    EXPECT_EQ(rest.end, End::finished);
    return rest.bytes;
  }
};

CASE(Framed, TheLongestFrameAllowed, server, "it refuses a frame of exactly --max-frame bytes") {
  NEEDS("--max-frame");
  start(small_frames());
  Client client = connect();
  const Bytes longest = frame(pattern(max_frame));
  EXPECT_TRUE(same_bytes(client.exchange(longest), longest));
}

CASE(Framed, ZeroLength, wire, "it does not answer a frame without payload") {
  start();
  Client client = connect();
  EXPECT_TRUE(echoes(client, header(0)));
  EXPECT_TRUE(echoes(client, message() + header(0) + message(30, 2)));
}

CASE(Framed, AThousandOfZeroLength, wire,
     "it does not answer every one of many frames without payload") {
  start();
  Client client = connect();
  EXPECT_TRUE(echoes(client, Bytes(4000)));
}

CASE(Framed, TooLongByOne, server,
     "it does not end the connection when a length is beyond --max-frame") {
  NEEDS("--max-frame");
  start(small_frames());
  Client client = connect();
  client.send(header(max_frame + 1));
  const Rest rest = client.receive_rest();
  EXPECT_EQ(rest.end, End::finished);
  EXPECT_TRUE(rest.bytes.empty());
}

CASE(Framed, TooLongBehindValidFrames, server,
     "it loses the replies to valid frames when one that is too long follows") {
  NEEDS("--max-frame");
  start(small_frames());
  for (const std::uint32_t claim : {max_frame + 1, largest_claim}) {
    Client client = connect();
    const Bytes valid = message(68, 1) + message(5000, 2) + message(4, 3);
    client.send(valid + header(claim));
    const Rest rest = client.receive_rest();
    EXPECT_EQ(rest.end, End::finished);
    EXPECT_TRUE(same_bytes(rest.bytes, valid)) << "claim " << claim;
  }
}

// Whoever closes a socket with unread input resets it and destroys replies that are on their way.
CASE(Framed, TooLongAndThenMuchMore, server,
     "it closes with unread input, which resets the connection and destroys replies on their way") {
  NEEDS("--max-frame");
  start(small_frames());
  const Bytes valid = message(60000, 1) + message(60000, 2);
  Client client = connect();
  client.send(valid + header(largest_claim) + garbage());
  std::this_thread::sleep_for(50ms);
  client.send(garbage());
  const Rest rest = client.receive_rest();
  EXPECT_EQ(rest.end, End::finished);
  EXPECT_TRUE(same_bytes(rest.bytes, valid));
}

CASE(Framed, TooLongIsCounted, full,
     "it does not count a length beyond --max-frame as a protocol error") {
  start(small_frames());
  EXPECT_TRUE(reply_to(header(max_frame + 1)).empty());
  EXPECT_TRUE(reply_to(header(largest_claim) + garbage()).empty());
  EXPECT_EQ(stop()["closed"]["protocol_error"], 2);
}

CASE(Framed, TooLongAndThePeerStays, full,
     "it does not get rid of a client that stays after a protocol error") {
  start_without_canary({"--max-frame", "64KiB", "--idle-timeout", "300ms"});
  Client client = connect();
  client.send(header(largest_claim));
  EXPECT_EQ(client.receive_rest().end, End::finished);
  EXPECT_TRUE(eventually([&] {
    client.send_some(garbage());  // is received and thrown away, and no reason to stay
    return client.is_cut_off();
  })) << "never closed";
  EXPECT_EQ(stop()["closed"]["protocol_error"], 1);
}

CASE(Framed, TruncatedHeader, wire, "it answers a frame of which only a part of the header came") {
  start();
  EXPECT_TRUE(reply_to({std::byte{0}, std::byte{0}}).empty());
  EXPECT_TRUE(same_bytes(reply_to(message() + Bytes(3)), message()));
}

CASE(Framed, TruncatedPayload, wire, "it answers a frame that did not come whole") {
  start();
  Bytes truncated = message(5000);
  truncated.pop_back();
  EXPECT_TRUE(reply_to(truncated).empty());
  EXPECT_TRUE(same_bytes(reply_to(message(68, 2) + truncated), message(68, 2)));
}

CASE(Framed, OnlyAHeader, wire, "it answers a header whose payload never came") {
  start();
  EXPECT_TRUE(reply_to(header(10)).empty());
}

// Bytes of an unfinished frame are no progress.
CASE(Framed, TricklingInEndsByTimeout, server,
     "it takes bytes of an unfinished frame for progress: a client that sends one now and then is "
     "never idle") {
  NEEDS("--idle-timeout");
  start_without_canary({"--idle-timeout", "400ms"});
  Client client = connect();
  const Bytes bytes = message(100'000);
  const auto deadline = Clock::now() + patience;
  std::size_t sent = 0;
  while (client.ended() == End::open && Clock::now() < deadline) {
    sent += client.send_some(ByteView(bytes).subspan(sent, 1));
    std::this_thread::sleep_for(20ms);
  }
  EXPECT_LT(Clock::now(), deadline) << "each byte counted as progress";
}

// A length costs nothing until bytes back it.
CASE(Framed, AThousandSmallLies, server,
     "it sets memory aside for a length before the bytes have come") {
  start();
  auto clients = connect_many(1000);
  for (auto& client : clients) ASSERT_TRUE(echoes(client, message(8)));
  const std::size_t before = resident_bytes(pid());
  for (auto& client : clients) client.send(header(1024 * 1024));
  for (const auto& client : clients) client.wait_until_arrived();
  Client behind_them = connect();
  ASSERT_TRUE(echoes(behind_them, message()));
  std::this_thread::sleep_for(50ms);
  // Besides at most 1 KiB each, a thread may keep a mebibyte of spare chunks.
  EXPECT_LT(resident_bytes(pid()), before + clients.size() * 1024 + 1024 * 1024);
}

}  // namespace
}  // namespace iolab::conformance
