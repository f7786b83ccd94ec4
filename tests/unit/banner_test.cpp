#include "shared/program/banner.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace iolab {
namespace {

using namespace std::chrono_literals;

class TestedServer final : public Server {
 public:
  std::uint16_t port() const override { return 4242; }
  std::string_view engine() const override { return "clockwork"; }
  const Statistics& statistics() const override { return statistics_; }
  void run() override {}
  void stop() override {}

 private:
  Statistics statistics_;
};

TEST(Banner, SaysWhatIsServedAndHow) {
  const ServerOptions options{.protocol = {.protocol = Protocol::framed, .max_frame = 77},
                              .threads = 3,
                              .dispatch = Dispatch::shared,
                              .idle_timeout = 1500ms,
                              .output_limit = 88,
                              .max_connections = 99,
                              .read_size = 66,
                              .largest_read = 111};
  const auto line = nlohmann::json::parse(listening_line(options, TestedServer()));
  EXPECT_EQ(line["event"], "listening");
  EXPECT_EQ(line["server"], "tested");
  EXPECT_EQ(line["pattern"], "reactor");
  EXPECT_EQ(line["engine"], "clockwork");
  EXPECT_EQ(line["protocol"], "framed");
  EXPECT_EQ(line["address"], "127.0.0.1");
  EXPECT_EQ(line["port"], 4242);
  EXPECT_GT(line["pid"], 0);
  EXPECT_EQ(line["threads"], 3);
  EXPECT_EQ(line["dispatch"], "shared");
  EXPECT_EQ(line["limits"], (nlohmann::json{{"idle_timeout_ms", 1500},
                                            {"max_frame", 77},
                                            {"output_limit", 88},
                                            {"max_connections", 99},
                                            {"read_size", 66},
                                            {"largest_read", 111}}));
}

TEST(Banner, IsOneLine) {
  EXPECT_EQ(listening_line({}, TestedServer()).find('\n'), std::string::npos);
  EXPECT_EQ(stopped_line(Statistics()).find('\n'), std::string::npos);
}

TEST(ClosingLine, HasEveryCounter) {
  Statistics statistics;
  for (int i = 0; i < 8; ++i) EXPECT_EQ(statistics.admit(7), i < 7);
  for (std::size_t i = 0; i < close_reasons; ++i) {
    statistics.closed(static_cast<CloseReason>(i),
                      {.bytes_received = 10, .bytes_sent = 5, .messages = 1});
  }
  statistics.closed(CloseReason::by_peer, {});
  statistics.accept_paused();
  const auto line = nlohmann::json::parse(stopped_line(statistics));
  EXPECT_EQ(line["event"], "stopped");
  EXPECT_EQ(line["server"], "tested");
  EXPECT_EQ(line["accepted"], 8);
  EXPECT_EQ(line["shed"], 1);
  EXPECT_EQ(line["accept_paused"], 1);
  EXPECT_EQ(line["closed"]["by_peer"], 2);
  for (const char* reason :
       {"idle_timeout", "protocol_error", "io_error", "drained", "drain_timeout"}) {
    EXPECT_EQ(line["closed"][reason], 1) << reason;
  }
  EXPECT_EQ(line["bytes_received"], 60);
  EXPECT_EQ(line["bytes_sent"], 30);
  EXPECT_EQ(line["messages"], 6);
  EXPECT_FALSE(line.contains("zero_copy")) << "only of servers that were told to send so";
}

TEST(ClosingLine, TellsHowManyZeroCopySendsWereCopied) {
  Statistics statistics;
  for (const bool copied : {true, false, true}) statistics.zero_copy_send(copied);
  const auto line = nlohmann::json::parse(stopped_line(statistics));
  EXPECT_EQ(line["zero_copy"], (nlohmann::json{{"sends", 3}, {"copied", 2}}));
}

}  // namespace
}  // namespace iolab
