#include "machine/asio/asio_bench.hpp"

#include <thread>
#include <utility>

#include "machine/story/story.hpp"

namespace lab {

AsioBench::AsioBench(Protocol protocol) {
  options.protocol = protocol;
}

AsioBench::~AsioBench() {
  acceptor_.reset();
  io_.reset();
}

Ending AsioBench::run(const std::function<void(tcp::acceptor&, const ServerOptions&)>& begin) {
  return kernel.run([&] {
    io_.emplace(1);
    acceptor_.emplace(*io_, tcp::v4(), kernel.listener(Mode::non_blocking));
    begin(*acceptor_, options);
    io_->run();
  });
}

// From another thread, so that Asio wakes up its own: what that one posted while it waits would
// stay where it is until it has something else to do.
void AsioBench::post(std::function<void()> what) {
  std::thread([&] { asio::post(*io_, std::move(what)); }).join();
}

void AsioBench::close_acceptor() {
  post([this] {
    Story::current().milestone("the acceptor is closed");
    acceptor_->close();
  });
}

void AsioBench::end() {
  Story::current().milestone("the io_context is destroyed");
  acceptor_.reset();
  io_.reset();
  kernel.expect_open(0, "every descriptor is closed");
}

}  // namespace lab
