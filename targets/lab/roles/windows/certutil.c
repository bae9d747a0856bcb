/* certutil -hashfile FILE SHA256, of which Wine 8 has a stub only: computes the hash, and prints what Windows' own does. */

#include <windows.h>
#include <bcrypt.h>
#include <stdio.h>
#include <string.h>

#define SHA256_BYTES 32

static int failed(DWORD error)
{
    char words[512] = "";
    FormatMessageA(FORMAT_MESSAGE_FROM_SYSTEM, NULL, error, 0, words, sizeof words, NULL);
    printf("CertUtil: -hashfile command FAILED: 0x%08lx (WIN32: %lu%s)\n", HRESULT_FROM_WIN32(error), error,
           error == ERROR_FILE_NOT_FOUND ? " ERROR_FILE_NOT_FOUND" : "");
    printf("CertUtil: %s\n", words);
    return (int)error;
}

static DWORD hash(HANDLE file, UCHAR *digest)
{
    static UCHAR part[65536];
    DWORD size = 0;
    BCRYPT_ALG_HANDLE algorithm;
    BCRYPT_HASH_HANDLE state;
    if (BCryptOpenAlgorithmProvider(&algorithm, BCRYPT_SHA256_ALGORITHM, NULL, 0)
        || BCryptCreateHash(algorithm, &state, NULL, 0, NULL, 0, 0))
        return ERROR_NOT_SUPPORTED;
    do {
        if (!ReadFile(file, part, sizeof part, &size, NULL))
            return GetLastError();
        if (BCryptHashData(state, part, size, 0))
            return ERROR_INVALID_DATA;
    } while (size);
    return BCryptFinishHash(state, digest, SHA256_BYTES, 0) ? ERROR_INVALID_DATA : ERROR_SUCCESS;
}

int main(int count, char **arguments)
{
    UCHAR digest[SHA256_BYTES];
    HANDLE file;
    DWORD error;
    if (count != 4 || _stricmp(arguments[1], "-hashfile") || _stricmp(arguments[3], "SHA256"))
        return failed(ERROR_INVALID_PARAMETER);
    file = CreateFileA(arguments[2], GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, OPEN_EXISTING, 0, NULL);
    if (file == INVALID_HANDLE_VALUE)
        return failed(GetLastError());
    if ((error = hash(file, digest)))
        return failed(error);
    printf("SHA256 hash of %s:\n", arguments[2]);
    for (int at = 0; at < SHA256_BYTES; at++)
        printf("%02x", digest[at]);
    printf("\nCertUtil: -hashfile command completed successfully.\n");
    return 0;
}
