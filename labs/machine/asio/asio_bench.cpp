#include "machine/asio/asio_bench.hpp"

#include <memory>
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

// Asio wakes nobody for what the thread that waits has posted itself, but for a timer that expires
// before all others it does. (To post from another thread would confuse the thread sanitizer.)
void AsioBench::post(std::function<void()> what) {
  asio::post(*io_, std::move(what));
  const auto alarm =
      std::make_shared<asio::steady_timer>(*io_, asio::steady_timer::time_point::min());
  alarm->async_wait([alarm](error_code) {});
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
