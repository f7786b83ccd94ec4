#pragma once

#include "machine/asio/asio_bench.hpp"
#include "machine/story/lab_test.hpp"
#include "machine/story/story.hpp"
#include "machine/wire.hpp"

namespace lab {

/// A student's server that closes whoever is idle for 30 s. The clock is the kernel's: 30 s of it
/// take no time.
struct Bench : AsioBench {
  Bench() : AsioBench(Protocol::echo) { options.idle_timeout = 30s; }

  /// Fails the test unless `what` happens in the second from `at` on.
  void expect_at(const std::string& what, std::chrono::seconds at) const {
    const auto now = kernel.now();
    expect_that(now >= at && now <= at + 1s, what + " after " + duration_text(at),
                "it happens after " + duration_text(now));
  }

  /// The next step of a client: it is closed in the second from `at` on.
  Client& sees_close_at(Client& client, std::chrono::seconds at) {
    return client.sees_close().does("", [this, &client, at] {
      expect_at("the connection of " + client.name() + " is closed", at);
    });
  }
};

}  // namespace lab
