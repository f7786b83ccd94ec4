#pragma once

#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "shared/server/server.hpp"
#include "shared/server/sharded_server.hpp"

/// For the one file of a server program that defines `server_program`: its name and its pattern
/// come from add_server() in CMakeLists.txt.
namespace iolab {

/// A program whose server `make` makes. `own_options`: see ServerProgram.
[[nodiscard]] inline ServerProgram this_program(
    std::unique_ptr<Server> (*make)(const ServerOptions&),
    std::vector<std::string_view> own_options = {}) {
  return {IOLAB_SERVER_NAME, IOLAB_SERVER_PATTERN, std::move(own_options), make};
}

template <class Worker>
[[nodiscard]] std::unique_ptr<Server> make_sharded_server(const ServerOptions& options) {
  return std::make_unique<ShardedServer>(options, [](Service& service, UniqueHandle listener) {
    return std::make_unique<Worker>(service, std::move(listener));
  });
}

/// A program with one Worker for each thread.
template <class Worker>
[[nodiscard]] ServerProgram sharded() {
  return this_program(make_sharded_server<Worker>, Worker::own_options());
}

}  // namespace iolab
