#include <cstdio>
#include <cstdlib>
#include <system_error>
#include <thread>
#include <utility>

#include "conversation.hpp"

namespace lab {

// Nobody waits for it: the program ends, and the conversations with it.
void start_thread(std::function<void()> work) {
  try {
    std::thread(std::move(work)).detach();
  } catch (const std::system_error& error) {
    std::fprintf(stderr, "no more threads: %s\n", error.what());
    std::_Exit(EXIT_FAILURE);
  }
}

}  // namespace lab
