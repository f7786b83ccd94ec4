// The bench where each conversation has a thread: converse() is called, with one client after the
// other.
#include <utility>
#include <vector>

#include "bench.hpp"
#include "conversation.hpp"

namespace lab {

class Bench::Setting {
 public:
  Kernel kernel;
  ServerOptions options;
  std::vector<Client*> clients;
};

Bench::Bench(Protocol protocol) : setting_(std::make_unique<Setting>()) {
  setting_->options.protocol = protocol;
}

Bench::~Bench() = default;

Kernel& Bench::kernel() {
  return setting_->kernel;
}

ServerOptions& Bench::options() {
  return setting_->options;
}

Client& Bench::client(const std::string& name) {
  Client& made = setting_->kernel.connected(name, Mode::blocking);
  setting_->clients.push_back(&made);
  return made;
}

void Bench::run() {
  const Ending ending = setting_->kernel.run([this] {
    for (const Client* client : setting_->clients) {
      converse(client->descriptor(), setting_->options);
    }
  });
  expect_that(ending == Ending::returned, "converse() returns when a conversation is over",
              "it waits for more");
  setting_->kernel.expect_open(0, "every connection is closed");
}

}  // namespace lab
