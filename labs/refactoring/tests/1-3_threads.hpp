#pragma once

#include <cstddef>

/// What start_thread() is in the tests of steps 1 to 3: the work is kept, and done when the test
/// says so, on the thread of the test.
namespace lab {

/// Forgets what earlier tests have left.
void forget_threads();

/// How many threads were started and wait.
[[nodiscard]] std::size_t threads_started();

/// Does the work of all that were started, one after the other.
void run_threads();

}  // namespace lab
