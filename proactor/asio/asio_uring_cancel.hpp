#pragma once

#include <liburing.h>

/// Repairs what Asio 1.26 (Boost 1.81) does with liburing 2.2 and newer; the compiler includes this
/// before anything else. Asio prepares a cancellation and relies on io_uring_prep_cancel() to clear
/// the entry's user data, which it no longer does. The cancellation's own completion would then be
/// taken for that of the operation that used the entry before: some other connection's.
/// (github.com/axboe/liburing/issues/848)
inline void iolab_prep_cancel(io_uring_sqe* entry, void* user_data, int flags) {
  io_uring_prep_cancel(entry, user_data, flags);
  io_uring_sqe_set_data(entry, nullptr);  // which Asio ignores
}

#define io_uring_prep_cancel iolab_prep_cancel
