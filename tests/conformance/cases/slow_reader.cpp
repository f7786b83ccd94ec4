#include "tests/conformance/fixture.hpp"

namespace iolab::conformance {
namespace {

constexpr std::size_t mebibyte = std::size_t{1024} * 1024;

class SlowReader : public Conformance {
 protected:
  // Freed memory that the address sanitizer keeps aside would look like memory in use.
  const Words no_quarantine_{"ASAN_OPTIONS=quarantine_size_mb=0:thread_local_quarantine_size_kb=0"};

  /// A server may share buffers among its connections: proactor-uring-multishot has 128 of 16 KiB
  /// in a ring. After this they are in memory, and what is added is output.
  static void touch_read_buffers(Client& client) {
    constexpr std::uint32_t buffers = 128;
    for (std::uint32_t i = 0; i < buffers; ++i) ASSERT_TRUE(echoes(client, message(16000, i)));
  }
};

CASE(SlowReader, GetsFourMebibytes, wire, "it loses bytes of a client that reads slowly") {
  start();
  Client client = connect();
  const Bytes bytes = message_stream(4 * mebibyte);
  std::size_t sent = 0;
  Bytes received;
  for (Progress progress; received.size() < bytes.size() && !progress.stopped(received.size());) {
    sent += client.send_some(ByteView(bytes).subspan(sent));
    ASSERT_EQ(client.receive_some(received), End::open);
    std::this_thread::sleep_for(1ms);
  }
  EXPECT_TRUE(same_bytes(received, bytes));
}

CASE(SlowReader, WhoNeverReadsIsNoLongerRead, wire,
     "it stores without bound what a client does not read: stop reading from that client until it "
     "has taken its replies") {
  start({"--output-limit", "256KiB"}, no_quarantine_);
  Client client = connect();
  if (judges(Level::full)) touch_read_buffers(client);
  const std::size_t before = judges(Level::server) ? resident_bytes(pid()) : 0;
  const Bytes bytes = message_stream(64 * mebibyte);
  if (client.send_until_stuck(bytes) == bytes.size()) {
    ADD_FAILURE() << "expected the server to stop reading; seen: it took 64 MiB from a client that "
                     "read nothing";
  }
  if (judges(Level::server)) {
    EXPECT_LT(resident_bytes(pid()), before + 4 * mebibyte) << "the server holds too much output";
  }
  client.reset();
}

CASE(SlowReader, LosesNothingWhenReadingAgain, wire,
     "it does not go on, or loses bytes, when a client that had stopped reading reads again") {
  start({"--output-limit", "64KiB"});
  Client client = connect();
  const Bytes bytes = message_stream(16 * mebibyte);
  const std::size_t taken = client.send_until_stuck(bytes);
  client.finish_sending();
  const Rest rest = client.receive_rest();
  EXPECT_EQ(rest.end, End::finished);
  EXPECT_TRUE(is_prefix(rest.bytes, ByteView(bytes).first(taken)));
  // Of a framed stream that ends anywhere, the last message is no whole one.
  EXPECT_GE(rest.bytes.size() + (is_framed() ? 20000U : 0U), taken);
}

CASE(SlowReader, DoesNotHoldUpTheOthers, wire,
     "a client that does not read holds up all others: no write may wait for one client") {
  start();
  Client slow = connect();
  slow.send_until_stuck(message_stream(16 * mebibyte));
  Client other = connect();
  for (std::uint32_t i = 0; i < 50; ++i) ASSERT_TRUE(echoes(other, message(1000, i)));
}

CASE(SlowReader, UsesNoCpuWhileStuck, server,
     "it burns CPU time while a client does not read: it asks for what it is not going to use, in "
     "a busy loop") {
  start();
  Client slow = connect();
  slow.send_until_stuck(message_stream(16 * mebibyte));
  EXPECT_LT(cpu_share(pid(), 500ms), 0.05);
}

}  // namespace
}  // namespace iolab::conformance
