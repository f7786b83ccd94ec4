#pragma once

#include <boost/asio/detail/config.hpp>
#include <string_view>

/// Which backend Asio was compiled with, as its own configuration says, checked against what the
/// program claims to be: IOLAB_ASIO_COMPLETION for a native Proactor, IOLAB_ASIO_READINESS for an
/// emulated one. Defining BOOST_ASIO_HAS_IO_URING alone leaves sockets on epoll, so a mistake here
/// would measure the wrong thing in silence.
namespace iolab::proactor::asio_engine {

#if defined(BOOST_ASIO_HAS_IOCP)
inline constexpr std::string_view asio_backend = "iocp";
#define IOLAB_ASIO_HAS_COMPLETION
#elif defined(BOOST_ASIO_HAS_IO_URING_AS_DEFAULT)
inline constexpr std::string_view asio_backend = "io_uring";
#define IOLAB_ASIO_HAS_COMPLETION
#elif defined(BOOST_ASIO_HAS_EPOLL)
inline constexpr std::string_view asio_backend = "epoll";
#elif defined(BOOST_ASIO_HAS_KQUEUE)
inline constexpr std::string_view asio_backend = "kqueue";
#else
#error "Asio would use none of the backends that iolab compares"
#endif

#if defined(IOLAB_ASIO_COMPLETION) && !defined(IOLAB_ASIO_HAS_COMPLETION)
#error "a native Proactor was asked for, but Asio would emulate one over readiness"
#endif
#if defined(IOLAB_ASIO_READINESS) && defined(IOLAB_ASIO_HAS_COMPLETION)
#error "an emulated Proactor was asked for, but Asio would use the native one"
#endif

}  // namespace iolab::proactor::asio_engine
