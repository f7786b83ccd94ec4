#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace iolab::loadgen {

/// A server on a thread of its own that answers as a test wishes, also wrongly.
class ScriptedServer {
 public:
  /// Given what has arrived on one connection and how many bytes all connections had sent before,
  /// returns what to answer; nothing closes all connections and refuses new ones. Called on the
  /// server's only thread: while it sleeps the whole server stalls.
  using Script =
      std::function<std::optional<std::string>(const std::string& bytes, std::size_t before)>;

  /// Answers are written in pieces of `piece` bytes, if it is above 0.
  explicit ScriptedServer(Script script, std::size_t piece = 0);
  ~ScriptedServer();
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;

  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }

  /// Connections accepted so far.
  [[nodiscard]] std::size_t accepted() const noexcept { return accepted_; }

  /// Closes the connections on which fewer bytes have arrived. For scripts only.
  void close_quieter_than(std::size_t bytes);

 private:
  struct Peer;

  void accept_next();
  void read(Peer& peer);
  void answer(Peer& peer, std::size_t size);
  void die();

  Script script_;
  std::size_t piece_;
  boost::asio::io_context io_;
  boost::asio::ip::tcp::acceptor acceptor_;
  std::uint16_t port_;
  std::vector<std::unique_ptr<Peer>> peers_;
  std::size_t received_ = 0;
  std::atomic<std::size_t> accepted_ = 0;
  std::jthread thread_;
};

/// Bytes back, as they came.
[[nodiscard]] inline std::optional<std::string> echo(const std::string& bytes, std::size_t) {
  return bytes;
}

}  // namespace iolab::loadgen
