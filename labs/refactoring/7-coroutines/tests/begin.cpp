#include "begin.hpp"

#include "coroutine_server.hpp"

namespace lab {

void begin(tcp::acceptor& acceptor, const ServerOptions& options) {
  const auto executor = acceptor.get_executor();
  asio::co_spawn(executor, accept_all(executor, acceptor, options), asio::detached);
}

}  // namespace lab
