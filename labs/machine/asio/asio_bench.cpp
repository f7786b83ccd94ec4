#include "machine/asio/asio_bench.hpp"

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

void AsioBench::post(std::function<void()> what) {
  asio::post(*io_, std::move(what));
}

void AsioBench::close_acceptor() {
  Story::current().milestone("the acceptor is closed");
  acceptor_->close();
}

void AsioBench::end() {
  Story::current().milestone("the io_context is destroyed");
  acceptor_.reset();
  io_.reset();
  kernel.expect_open(0, "every descriptor is closed");
}

}  // namespace lab
