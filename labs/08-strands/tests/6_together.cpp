// Server, threads and sockets as they are, once.
#include <thread>
#include <vector>

#include "machine/story/lab_test.hpp"
#include "machine/wire.hpp"
#include "threaded_server.hpp"

namespace lab {
namespace {

constexpr unsigned threads = 4;
constexpr int clients = 6;

std::string echoed(const tcp::endpoint& server, const std::string& bytes) {
  asio::io_context io(1);
  tcp::socket socket(io);
  socket.connect(server);
  std::thread sender([&] {
    asio::write(socket, asio::buffer(bytes));
    socket.shutdown(tcp::socket::shutdown_send);
  });
  std::string received;
  error_code end;
  asio::read(socket, asio::dynamic_buffer(received), end);
  sender.join();
  return received;
}

LAB_TEST(Together, RealThreadsAndSockets, "together") {
  const std::string bytes = some_bytes(300'000);
  const ServerOptions options;
  std::unique_ptr<ThreadedServer> server;
  asio::io_context io;
  tcp::acceptor acceptor(io, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
  server = make_server(acceptor, options, [](std::span<std::byte>) {});
  Story::current().step(
      "6 clients on 127.0.0.1 send 300,000 bytes each to your server on 4 threads");
  std::thread serving([&io] { run_on(io, threads); });
  std::vector<std::string> received(clients);
  {
    std::vector<std::jthread> all;
    for (std::string& mine : received) {
      all.emplace_back([&] { mine = echoed(acceptor.local_endpoint(), bytes); });
    }
  }
  io.stop();
  serving.join();
  for (const std::string& one : received) expect_bytes("what a client receives", bytes, one);
  expect_equal("connections in totals()", std::uint64_t{clients}, server->totals().connections);
  expect_equal("bytes in totals()", clients * bytes.size(), server->totals().bytes);
}

}  // namespace
}  // namespace lab
