# Every third-party library of the project, all from Debian 12. A module names the targets it uses; nothing else does.
find_package(Threads REQUIRED)
set(Boost_NO_WARN_NEW_VERSIONS ON)
find_package(Boost 1.81 EXACT REQUIRED COMPONENTS json)
find_package(SQLite3 REQUIRED)
find_package(spdlog REQUIRED)
find_package(CLI11 REQUIRED)
find_package(prometheus-cpp REQUIRED)
find_package(CURL REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(pugixml REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(sodium REQUIRED IMPORTED_TARGET libsodium)
pkg_check_modules(tomlplusplus REQUIRED IMPORTED_TARGET tomlplusplus)
pkg_check_modules(libpq REQUIRED IMPORTED_TARGET libpq)
find_library(UNISTRING_LIBRARY unistring REQUIRED)
find_library(MIMALLOC_LIBRARY mimalloc REQUIRED)
# Not by pkg-config, whose flags the shared precompiled header does not have.
find_library(HIREDIS_LIBRARY hiredis REQUIRED)

# Flags and definitions of every target. Asio and Beast are compiled once, in src/base/asio.cpp and src/http/beast.cpp.
add_library(luot_flags INTERFACE)
target_compile_options(luot_flags INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-Wall;-Wextra;-Wpedantic;-Wshadow;-Wnon-virtual-dtor;-Wold-style-cast;-Wconversion;-Wno-sign-conversion;-Werror>)
# g++ 12 takes a coroutine frame's own operator delete for a mismatch when it inlines the frame's allocation.
target_compile_options(luot_flags INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-mismatched-new-delete>)
# Clang minds a capture that only one branch of an `if constexpr` uses.
target_compile_options(luot_flags INTERFACE $<$<CXX_COMPILER_ID:Clang>:-Wno-unused-lambda-capture>)
target_compile_definitions(luot_flags INTERFACE BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION
                                                BOOST_ASIO_NO_DEPRECATED BOOST_ASIO_DISABLE_BOOST_ARRAY)
if(LUOT_SANITIZE)
  target_compile_options(luot_flags INTERFACE -fsanitize=${LUOT_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(luot_flags INTERFACE -fsanitize=${LUOT_SANITIZE})
endif()
if(LUOT_SANITIZE MATCHES "thread|address")
  # g++ 12 reports false positives of these two inside Boost and fmt when a sanitizer is on.
  target_compile_options(luot_flags INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized;-Wno-tsan>)
endif()
