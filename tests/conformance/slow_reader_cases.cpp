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

TEST_F(SlowReader, GetsFourMebibytes) {
  start();
  Client client = connect();
  const Bytes bytes = message_stream(4 * mebibyte);
  std::size_t sent = 0;
  Bytes received;
  const auto deadline = Clock::now() + 2 * patience;
  while (received.size() < bytes.size() && Clock::now() < deadline) {
    sent += client.send_some(ByteView(bytes).subspan(sent));
    ASSERT_EQ(client.receive_some(received), End::open);
    std::this_thread::sleep_for(1ms);
  }
  EXPECT_TRUE(same_bytes(received, bytes));
}

TEST_F(SlowReader, WhoNeverReadsIsNoLongerRead) {
  start({"--output-limit", "256KiB"}, no_quarantine_);
  Client client = connect();
  touch_read_buffers(client);
  const std::size_t before = resident_bytes(pid());
  const Bytes bytes = message_stream(64 * mebibyte);
  EXPECT_LT(client.send_until_stuck(bytes), bytes.size()) << "the server went on reading";
  EXPECT_LT(resident_bytes(pid()), before + 4 * mebibyte) << "the server holds too much output";
  client.reset();
}

TEST_F(SlowReader, LosesNothingWhenReadingAgain) {
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

TEST_F(SlowReader, DoesNotHoldUpTheOthers) {
  start();
  Client slow = connect();
  slow.send_until_stuck(message_stream(16 * mebibyte));
  Client other = connect();
  for (std::uint32_t i = 0; i < 50; ++i) ASSERT_TRUE(echoes(other, message(1000, i)));
}

TEST_F(SlowReader, UsesNoCpuWhileStuck) {
  start();
  Client slow = connect();
  slow.send_until_stuck(message_stream(16 * mebibyte));
  EXPECT_LT(cpu_share(pid(), 500ms), 0.05);
}

}  // namespace
}  // namespace iolab::conformance
