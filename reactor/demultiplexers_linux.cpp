// Which demultiplexers this system has. One with kqueue has a file like this of its own, chosen in
// CMakeLists.txt.
#include <stdexcept>
#include <string>

#include "reactor/demultiplexers.hpp"

namespace iolab::reactor {

std::unique_ptr<Demultiplexer> make_demultiplexer(std::string_view name) {
  if (name == "epoll") return make_epoll_demultiplexer();
  if (name == "poll") return make_poll_demultiplexer();
  if (name == "select") return make_select_demultiplexer();
  throw std::invalid_argument("there is no demultiplexer '" + std::string(name) + "' on Linux");
}

}  // namespace iolab::reactor
