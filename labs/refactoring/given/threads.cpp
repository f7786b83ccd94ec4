#include <thread>
#include <utility>

#include "conversation.hpp"

namespace lab {

// Nobody waits for it: the program ends, and the conversations with it.
void start_thread(std::function<void()> work) {
  std::thread(std::move(work)).detach();
}

}  // namespace lab
