#pragma once

#include <functional>

#include "server.hpp"

/// Steps 1 to 3: a thread for each conversation.
namespace lab {

/// Serves one client to the end, on the thread that calls it: answers what comes, in order, until
/// the client has finished sending or is gone. Then closes `connection`, exactly once.
///
/// In steps 1 and 2 the socket blocks; in step 3 it may be either.
void converse(int connection, const ServerOptions& options);

/// Step 1: accepts clients at a listener that blocks, for ever, and starts a thread for each.
void serve(int listener, const ServerOptions& options);

/// Given: runs `work` on a thread of its own, and returns at once. In tests it is not a thread.
/// Ends the program if the system allows no more threads.
void start_thread(std::function<void()> work);

}  // namespace lab
