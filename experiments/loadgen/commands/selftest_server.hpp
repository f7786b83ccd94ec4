#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <thread>

namespace iolab::loadgen {

/// An echo server on a thread of its own, for the generator's self-test: what comes back comes back
/// as fast as this machine can, and nothing is promised to other clients.
class SelftestServer {
 public:
  /// Listens on 127.0.0.1. Throws boost::system::system_error if it cannot. If `cpu` is not
  /// negative the thread stays on that one of the usable CPUs.
  explicit SelftestServer(int cpu);
  /// Closes all connections.
  ~SelftestServer();
  SelftestServer(const SelftestServer&) = delete;
  SelftestServer& operator=(const SelftestServer&) = delete;

  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }

 private:
  void accept_next();

  boost::asio::io_context io_;
  boost::asio::ip::tcp::acceptor acceptor_;
  std::uint16_t port_;
  std::jthread thread_;
};

}  // namespace iolab::loadgen
