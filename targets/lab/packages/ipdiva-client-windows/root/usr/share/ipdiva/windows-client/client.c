/* The Windows client's service: says in its log whether the site's portal can be reached, when that changes. */

#include <windows.h>
#include <winhttp.h>
#include <stdio.h>

#define FOLDER L"C:\\ProgramData\\Cleanroom\\"
#define LONGEST 256
#define PATIENCE 10000  /* milliseconds for each step of an exchange with the portal */
#define BEAT 60000      /* milliseconds from one look at the portal to the next */

static HANDLE stop;
static SERVICE_STATUS_HANDLE service;

static void tell(const char *level, const wchar_t *words)
{
    SYSTEMTIME now;
    FILE *log = _wfopen(FOLDER L"client.log", L"a");
    if (!log)
        return;
    GetSystemTime(&now);
    fprintf(log, "%04d-%02d-%02dT%02d:%02d:%02dZ %s %ls (client @VERSION@)\n",
            now.wYear, now.wMonth, now.wDay, now.wHour, now.wMinute, now.wSecond, level, words);
    fclose(log);
}

static BOOL answers(HINTERNET web, const wchar_t *host)
{
    DWORD status = 0, size = sizeof status;
    HINTERNET connection = WinHttpConnect(web, host, INTERNET_DEFAULT_HTTPS_PORT, 0);
    HINTERNET request = WinHttpOpenRequest(connection, L"GET", L"/sign-in", NULL, NULL, NULL, WINHTTP_FLAG_SECURE);
    BOOL answered = WinHttpSendRequest(request, NULL, 0, NULL, 0, 0, 0) && WinHttpReceiveResponse(request, NULL)
        && WinHttpQueryHeaders(request, WINHTTP_QUERY_STATUS_CODE | WINHTTP_QUERY_FLAG_NUMBER, NULL, &status, &size, NULL);
    WinHttpCloseHandle(request);
    WinHttpCloseHandle(connection);
    return answered && status == HTTP_STATUS_OK;
}

static DWORD WINAPI watch(void *nothing)
{
    (void)nothing;
    wchar_t host[LONGEST], words[2 * LONGEST];
    const wchar_t *now, *before = L"";
    HINTERNET web = WinHttpOpen(L"Cleanroom Client", WINHTTP_ACCESS_TYPE_NO_PROXY, NULL, NULL, 0);
    WinHttpSetTimeouts(web, PATIENCE, PATIENCE, PATIENCE, PATIENCE);
    GetPrivateProfileStringW(L"client", L"portal", L"", host, LONGEST, FOLDER L"client.ini");
    if (!*host)
        tell("ERROR", L"client.ini names no portal");
    do {
        now = answers(web, host) ? L"joignable" : L"injoignable";
        swprintf(words, 2 * LONGEST, L"Portail %ls %ls", host, now);
        if (*host && now != before)
            tell("INFO", words);
        before = now;
    } while (WaitForSingleObject(stop, BEAT) == WAIT_TIMEOUT);
    return 0;
}

static void report(DWORD state)
{
    SERVICE_STATUS status = {
        .dwServiceType = SERVICE_WIN32_OWN_PROCESS,
        .dwCurrentState = state,
        .dwControlsAccepted = SERVICE_ACCEPT_STOP | SERVICE_ACCEPT_SHUTDOWN,
    };
    SetServiceStatus(service, &status);
}

static DWORD WINAPI control(DWORD code, DWORD type, void *data, void *context)
{
    (void)type, (void)data, (void)context;
    if (code == SERVICE_CONTROL_STOP || code == SERVICE_CONTROL_SHUTDOWN)
        SetEvent(stop);
    return NO_ERROR;
}

static void WINAPI serve(DWORD count, wchar_t **arguments)
{
    (void)count, (void)arguments;
    stop = CreateEventW(NULL, TRUE, FALSE, NULL);
    service = RegisterServiceCtrlHandlerExW(L"CleanroomClient", control, NULL);
    CreateThread(NULL, 0, watch, NULL, 0, NULL);
    report(SERVICE_RUNNING);
    WaitForSingleObject(stop, INFINITE);
    report(SERVICE_STOPPED);
}

int wmain(void)
{
    SERVICE_TABLE_ENTRYW table[] = {{L"CleanroomClient", serve}, {NULL, NULL}};
    return !StartServiceCtrlDispatcherW(table);
}
