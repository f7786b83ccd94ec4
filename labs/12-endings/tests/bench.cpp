#include "bench.hpp"

#include <array>

namespace lab {
namespace {

constexpr std::array names{"finished", "lost", "idle", "drained", "cut_off"};

std::string text_of(const Endings& endings) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const std::size_t number = endings.of(static_cast<Reason>(i));
    if (number > 0) text += (text.empty() ? "" : ", ") + std::to_string(number) + " " + names.at(i);
  }
  return text.empty() ? "none" : text;
}

void expect_in_second(const std::string& what, std::chrono::seconds at,
                      std::chrono::nanoseconds now) {
  expect_that(now >= at && now <= at + 1s, what + " after " + duration_text(at),
              "it happens after " + duration_text(now));
}

}  // namespace

Ending Bench::run() {
  return AsioBench::run([this](tcp::acceptor& acceptor, const ServerOptions& read_options) {
    server = make_draining_server(std::move(acceptor), read_options);
    expect_that(server != nullptr, "make_draining_server() returns a server", "it returned null");
    server->start();
  });
}

void Bench::run_returns_at(std::chrono::seconds at) {
  const Ending ending = run();
  expect_that(ending == Ending::returned,
              "run() of the io_context returns: no connection is left, so nothing is in flight",
              "it waits, since an operation is still in flight");
  expect_in_second("run() of the io_context returns", at, kernel.now());
  expect_that(server->drained(), "drained() is true then", "it is false");
}

void Bench::stop() {
  post([this] {
    Story::current().milestone("your stop() is called");
    server->stop();
  });
}

void Bench::stop_in_between() {
  post([this] { stop(); });
}

Client& Bench::at_once(Client& client, const std::function<void()>& adds) {
  return client.does("", [this, adds] {
    adds();
    kernel.settle();
  });
}

Client& Bench::sees_close_at(Client& client, std::chrono::seconds at) {
  return client.sees_close().does("", [this, &client, at] {
    expect_in_second("the connection of " + client.name() + " is closed", at, kernel.now());
  });
}

void Bench::expect_endings(Reason reason, std::size_t number) const {
  const Endings& endings = server->endings();
  expect_that(endings.of(reason) == number && endings.all() == number,
              "endings(): " + std::to_string(number) + " " +
                  names.at(static_cast<std::size_t>(reason)) + ", and nothing else",
              text_of(endings));
}

void Bench::end() {
  server.reset();
  AsioBench::end();
}

}  // namespace lab
