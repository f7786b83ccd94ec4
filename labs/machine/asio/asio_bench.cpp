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

// By a timer that expires before all others, so that Asio looks anew: for what the thread that
// waits has posted itself it would not wake it, and another thread would confuse the thread
// sanitizer.
void AsioBench::post(std::function<void()> what) {
  const auto first =
      std::make_shared<asio::steady_timer>(*io_, asio::steady_timer::time_point::min());
  first->async_wait([first, what = std::move(what)](error_code) { what(); });
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
