// Asio's own functions. The tests and the student's files only call them, as
// BOOST_ASIO_SEPARATE_COMPILATION says (see ../../CMakeLists.txt), so that no save compiles them
// again.
#include <boost/asio/impl/src.hpp>
