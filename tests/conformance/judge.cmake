# The judge, conformance_tests; also without any server of ours (labs).
find_package(GTest REQUIRED)

# One file of cases for each suite: cases/round_trip.cpp holds the suite RoundTrip. They run in this
# order, that in which one would build a server.
set(suites FirstSteps RoundTrip HalfClose SlowReader Reset Framed Engine Descriptors IdleTimeout Drain
           CommandLine Threads Refusal OlderKernel Counters Crowd)
set(judge_files main cases client fixture listening options process_facts report server_process target
                tracer trial wire)
foreach(suite ${suites})
  string(REGEX REPLACE "([a-z])([A-Z])" "\\1_\\2" file "${suite}")
  string(TOLOWER "cases/${file}" file)
  list(APPEND judge_files ${file})
endforeach()
list(TRANSFORM judge_files REPLACE "(.+)" "${CMAKE_CURRENT_LIST_DIR}/\\1.cpp")

add_executable(conformance_tests ${judge_files})
target_link_libraries(conformance_tests PRIVATE iolab_sockets iolab_build GTest::gtest CLI11::CLI11
                      nlohmann_json::nlohmann_json)
