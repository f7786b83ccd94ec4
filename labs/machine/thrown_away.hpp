#pragma once

#include <cstddef>

#include "machine/kernel/client.hpp"
#include "machine/story/story.hpp"
#include "machine/wire.hpp"

namespace lab {

/// In a step of a client who sends on behind the program's FIN: what came is received, and the
/// connection goes on until the client's own.
inline void expect_thrown_away(const Client& client) {
  expect_that(client.descriptor() >= 0,
              "what " + client.name() + " sends is thrown away until the client has finished, too",
              "the connection is closed before");
  expect_equal("bytes that came after the end and wait to be received", std::size_t{0},
               unread_bytes(client.descriptor()));
}

}  // namespace lab
