// serve(), as the program knows it, begins the coroutine.
#include "coroutine_server.hpp"
#include "pool_server.hpp"

namespace lab {

void serve(const asio::any_io_executor& engine, tcp::acceptor& acceptor,
           const ServerOptions& options) {
  asio::co_spawn(acceptor.get_executor(), accept_all(engine, acceptor, options), asio::detached);
}

}  // namespace lab
