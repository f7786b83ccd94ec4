// The bench where one engine has all connections: serve() is called.
#include "begin.hpp"
#include "bench.hpp"
#include "machine/asio/asio_bench.hpp"

namespace lab {
namespace {

constexpr std::size_t of_the_engine = 3;  // the listener, an epoll, an eventfd

}  // namespace

class Bench::Setting {
 public:
  explicit Setting(Protocol protocol) : bench(protocol) {}
  AsioBench bench;
};

Bench::Bench(Protocol protocol) : setting_(std::make_unique<Setting>(protocol)) {}

Bench::~Bench() = default;

Kernel& Bench::kernel() {
  return setting_->bench.kernel;
}

ServerOptions& Bench::options() {
  return setting_->bench.options;
}

Client& Bench::client(const std::string& name) {
  return setting_->bench.kernel.client(name);
}

void Bench::run() {
  setting_->bench.run(&begin);
  setting_->bench.kernel.expect_open(of_the_engine, "every connection is closed");
  setting_->bench.end();
}

}  // namespace lab
