#include "tests/contract/contract_fixture.hpp"

#include <array>
#include <sstream>

#include "shared/net/sockets.hpp"
#include "shared/program/command_line.hpp"

namespace iolab::proactor {
namespace {

using namespace std::chrono_literals;

constexpr int most_turns = 2000;

ServerOptions parse_variant(const std::string& variant) {
  std::vector<std::string> words{"contract"};
  std::istringstream text(variant);
  for (std::string word; text >> word;) words.push_back(word);
  std::vector<const char*> arguments;
  for (const std::string& word : words) arguments.push_back(word.c_str());
  const ServerProgram program{"contract", "proactor", proactor_options(), nullptr};
  return parse_command_line(static_cast<int>(arguments.size()), arguments.data(), program);
}

std::vector<std::string> variants() {
  std::vector<std::string> all;
  std::istringstream text(IOLAB_VARIANTS);
  for (std::string variant; std::getline(text, variant, '|');) all.push_back(variant);
  if (all.empty()) all.emplace_back();
  return all;
}

INSTANTIATE_TEST_SUITE_P(Engine, ProactorContract, testing::ValuesIn(variants()));

}  // namespace

Endpoint::Endpoint(Proactor& proactor, SocketPair sockets, std::size_t buffer_size)
    : proactor_(proactor),
      handle_(std::move(sockets.ours)),
      buffer_(buffer_size),
      peer(std::move(sockets.peer)),
      receive(OperationKind::receive, handle_.get(), receive_done),
      send(OperationKind::send, handle_.get(), send_done) {
  proactor_.associate(handle_.get());
  receive.buffer = buffer_;
}

Endpoint::~Endpoint() {
  proactor_.dissociate(handle_.get());
}

void Endpoint::submit_send(std::string_view text) {
  submit_send(BufferSequence(std::as_bytes(std::span(text))));
}

void Endpoint::submit_send(const BufferSequence& output) {
  send.output = output;
  proactor_.submit(send);
}

std::string_view Endpoint::received() const {
  return {reinterpret_cast<const char*>(buffer_.data()), receive.result.bytes};
}

void Endpoint::peer_sends(std::string_view text) const {
  const IoResult result = iolab::send(peer.get(), std::as_bytes(std::span(text)));
  ASSERT_EQ(result.bytes, text.size());
}

std::string Endpoint::peer_receives() const {
  std::array<std::byte, 65536> bytes;
  const IoResult result = iolab::receive(peer.get(), bytes);
  return {reinterpret_cast<const char*>(bytes.data()), result.bytes};
}

void ProactorContract::SetUp() {
  network_ = make_test_network();
  options_ = parse_variant(GetParam());
  try {
    proactor_ = make_proactor(options_);
  } catch (const EngineUnavailable& refused) {
    GTEST_SKIP() << refused.what();
  }
}

void ProactorContract::run_until(const std::function<bool()>& condition) {
  for (int turn = 0; turn < most_turns && !condition(); ++turn) proactor_->handle_events(10ms);
  ASSERT_TRUE(condition()) << "it did not happen";
}

void ProactorContract::run_idle() {
  for (int turn = 0; turn < 5; ++turn) proactor_->handle_events(2ms);
}

std::unique_ptr<Endpoint> ProactorContract::make_endpoint(std::size_t buffer_size) {
  return std::make_unique<Endpoint>(*proactor_, network_->connection(), buffer_size);
}

}  // namespace iolab::proactor
