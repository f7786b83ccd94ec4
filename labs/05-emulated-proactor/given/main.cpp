#include "completion_program.hpp"
#include "demultiplexer.hpp"
#include "reactor.hpp"

int main(int argc, char** argv) {
  return lab::run_completion_program(argc, argv, [] {
    return lab::make_proactor(lab::make_reactor(lab::make_epoll_demultiplexer()));
  });
}
