#pragma once

#include <functional>
#include <memory>

#include "proactor.hpp"

namespace lab {

/// A main(): command line, a Proactor, the completion server on it, and a loop until it is asked
/// to stop and has drained. What is thrown becomes a line on stderr and status 1.
int run_completion_program(int argc, char** argv,
                           const std::function<std::unique_ptr<Proactor>()>& make);

}  // namespace lab
