// The program of step 1: a listener that blocks, and whoever accepts there.
#include <fcntl.h>

#include "conversation.hpp"
#include "program.hpp"

int main(int argc, char** argv) {
  const lab::Program program = lab::set_up_program(argc, argv);
  ::fcntl(program.listener, F_SETFL, 0);
  lab::announce(program);
  lab::serve(program.listener, program.options);
  return 1;  // it can accept no more
}
