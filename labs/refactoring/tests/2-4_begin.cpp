#include "begin.hpp"

namespace lab {

void begin(tcp::acceptor& acceptor, const ServerOptions& options) {
  serve(acceptor, options);
}

}  // namespace lab
