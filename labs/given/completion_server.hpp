#pragma once

#include <memory>

#include "proactor.hpp"
#include "server.hpp"

namespace lab {

/// An echo and framed server written against Proactor only: it never makes a system call that
/// receives, sends or accepts. `proactor` outlives it; `listener`, which listens, is its to close.
/// Its destructor turns the Proactor until every operation has come back. Throws std::system_error.
[[nodiscard]] std::unique_ptr<Server> make_completion_server(Proactor& proactor, int listener,
                                                             const ServerOptions& options);

}  // namespace lab
