# add_server(NAME n PATTERN p WRITTEN "how" ENGINE e SOURCES … [DEFINITIONS …] [LIBRARIES …]
#            [PROTOCOLS echo framed] [DISPATCH sharded shared] [HANDLERS Class::member …] [STANDALONE])
# HANDLERS: the functions that the event loop calls for a connection; a trace shows when. Of a
# coroutine, the function that is resumed.
# STANDALONE: the program brings its own main and links none of our libraries.
# Builds the program bin/<n> and adds it to the roster that runner and tests read.
# The definitions stay private to the program: two programs built from the same source
# with different backends must not share an object file.
function(add_server)
  cmake_parse_arguments(PARSE_ARGV 0 S "STANDALONE" "NAME;PATTERN;WRITTEN;ENGINE" "SOURCES;DEFINITIONS;LIBRARIES;PROTOCOLS;DISPATCH;HANDLERS")
  foreach(required NAME PATTERN WRITTEN ENGINE SOURCES)
    if(NOT S_${required})
      message(FATAL_ERROR "add_server: ${required} is missing")
    endif()
  endforeach()
  if(NOT S_PROTOCOLS)
    set(S_PROTOCOLS echo framed)
  endif()
  if(NOT S_DISPATCH)
    set(S_DISPATCH sharded)
  endif()

  add_executable(${S_NAME} ${S_SOURCES})
  target_compile_definitions(${S_NAME} PRIVATE IOLAB_SERVER_NAME="${S_NAME}" IOLAB_SERVER_PATTERN="${S_PATTERN}" ${S_DEFINITIONS})
  if(S_STANDALONE)
    target_link_libraries(${S_NAME} PRIVATE iolab_build ${S_LIBRARIES})
  else()
    target_link_libraries(${S_NAME} PRIVATE iolab_server ${S_LIBRARIES})
  endif()

  list(GET S_SOURCES 0 source)
  file(REAL_PATH "${source}" source BASE_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}")
  file(RELATIVE_PATH source "${CMAKE_SOURCE_DIR}" "${source}")
  list(TRANSFORM S_PROTOCOLS REPLACE "(.+)" "\"\\1\"")
  list(TRANSFORM S_DISPATCH REPLACE "(.+)" "\"\\1\"")
  list(JOIN S_PROTOCOLS ", " protocols)
  list(JOIN S_DISPATCH ", " dispatch)
  list(TRANSFORM S_HANDLERS REPLACE "(.+)" "\"\\1\"")
  list(JOIN S_HANDLERS ", " handlers)
  set_property(GLOBAL APPEND PROPERTY iolab_servers
    "    {\"name\": \"${S_NAME}\", \"pattern\": \"${S_PATTERN}\", \"written\": \"${S_WRITTEN}\", \"engine\": \"${S_ENGINE}\", \"program\": \"bin/${S_NAME}\", \"source\": \"${source}\", \"protocols\": [${protocols}], \"dispatch\": [${dispatch}], \"handlers\": [${handlers}]}")
endfunction()

function(write_server_roster file)
  get_property(servers GLOBAL PROPERTY iolab_servers)
  list(JOIN servers ",\n" servers)
  file(CONFIGURE OUTPUT "${file}" CONTENT "{\"schema\": 1, \"preset\": \"${IOLAB_PRESET}\", \"servers\": [\n${servers}\n]}\n")
endfunction()
