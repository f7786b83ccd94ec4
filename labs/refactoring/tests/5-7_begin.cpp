#include "begin.hpp"
#include "pool_server.hpp"

namespace lab {

void begin(tcp::acceptor& acceptor, const ServerOptions& options) {
  serve(acceptor.get_executor(), acceptor, options);
}

}  // namespace lab
